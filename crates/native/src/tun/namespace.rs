//! Network namespaces: a network of its own for the programs that are to meet our stack.

use anyhow::{Context, Result, bail};
use rustix::thread::{
    CapabilitySet, LinkNameSpaceType, capabilities, configure_capability_in_ambient_set,
    move_into_link_name_space, set_capabilities,
};
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

/// A network namespace as `ip netns` knows it: by its name, or that of this process. One that was made here is deleted
/// when this is dropped.
#[derive(Debug)]
pub struct Namespace {
    name: Option<String>,
    made: bool,
}

impl Namespace {
    /// The namespace of this process.
    pub fn here() -> Namespace {
        Namespace { name: None, made: false }
    }

    /// The namespace of that name; where there is none, it is made, with its loopback interface up.
    ///
    /// # Errors
    /// Where `ip` (iproute2) is missing, or refuses.
    pub fn named(name: &str) -> Result<Namespace> {
        let made = !path(name).exists();
        if made {
            ip(&["netns", "add", name])?;
        }
        let namespace = Namespace { name: Some(name.to_owned()), made };
        if made {
            namespace.ip("link set lo up")?;
        }
        Ok(namespace)
    }

    /// Whether it was made here: nobody has set anything in it.
    pub fn is_new(&self) -> bool {
        self.made
    }

    /// Its name, where it has one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Runs `ip` with these words, split at blanks, in the namespace.
    ///
    /// # Errors
    /// Where `ip` (iproute2) is missing, or refuses: with what it said.
    pub fn ip(&self, words: &str) -> Result<()> {
        let place = self.name.iter().flat_map(|name| ["-n", name]);
        ip(&place.chain(words.split_whitespace()).collect::<Vec<_>>())
    }

    /// Does something in the namespace: sockets and devices that are opened there belong to it for ever.
    ///
    /// # Errors
    /// Those of `act`, and where the namespace cannot be entered.
    pub fn inside<T: Send>(&self, act: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
        let Some(name) = &self.name else { return act() };
        let enter = || {
            let place = File::open(path(name))?;
            move_into_link_name_space(place.as_fd(), Some(LinkNameSpaceType::Network))?;
            act()
        };
        // A thread of its own: it need not find the way back.
        thread::scope(|scope| scope.spawn(enter).join())
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// A command that runs in the namespace.
    pub fn command(&self, program: &str) -> Command {
        let Some(name) = &self.name else { return Command::new(program) };
        let mut command = Command::new("ip");
        command.args(["netns", "exec", name, program]);
        command
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        if let Some(name) = self.name.as_ref().filter(|_| self.made) {
            // Nobody is left to be told; `ip netns` shows what could not be deleted.
            let _ = ip(&["netns", "delete", name]);
        }
    }
}

fn path(name: &str) -> PathBuf {
    PathBuf::from("/run/netns").join(name)
}

/// Lets commands that this thread starts administer the network where this process may. A capability that a file grants
/// does not pass on by itself.
fn lend() -> rustix::io::Result<()> {
    let mut sets = capabilities(None)?;
    sets.inheritable |= CapabilitySet::NET_ADMIN;
    set_capabilities(None, sets)?;
    configure_capability_in_ambient_set(CapabilitySet::NET_ADMIN, true)
}

fn ip(words: &[&str]) -> Result<()> {
    // Without the capability ip says itself what it may not do.
    let _ = lend();
    let output = Command::new("ip").args(words).output().context("cannot run ip: install iproute2")?;
    if !output.status.success() {
        bail!("ip {}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
