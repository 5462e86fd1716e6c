//! A device that is ready: up, with the kernel's addresses.

use super::addresses::Address;
use super::{Namespace, Tun};
use anyhow::{Result, anyhow};
use std::fs;
use std::io::{self, ErrorKind};

impl Namespace {
    /// The TUN device of that name in this namespace, up and with these addresses on the kernel's side. One that somebody
    /// prepared is left as it is.
    ///
    /// # Errors
    /// Where there is none to be had, with the remedy; where `ip` (iproute2) is missing, or refuses.
    pub fn device(&self, name: &str, addresses: &[Address], mtu: u32) -> Result<Tun> {
        let prepared = self.ip(&format!("link show dev {name}")).is_ok();
        let tun = self.inside(|| Tun::open(name)).map_err(|error| explain(error, name))?;
        if !prepared {
            for address in addresses {
                // Duplicate address detection would keep the address back for a second; there is nobody else.
                let once = if address.ip.is_ipv6() { "nodad" } else { "" };
                self.ip(&format!("address add {address} dev {name} {once}"))?;
            }
            // Nor a router to ask for; a machine without IPv6 has no such knob.
            let asks = format!("/proc/sys/net/ipv6/conf/{name}/router_solicitations");
            let _ = self.inside(|| fs::write(asks, "0"));
            self.ip(&format!("link set {name} mtu {mtu} addrgenmode none up"))?;
        }
        Ok(tun)
    }
}

fn explain(error: io::Error, device: &str) -> anyhow::Error {
    let remedy = match error.kind() {
        ErrorKind::NotFound => "this system has no /dev/net/tun: modprobe tun, or hand it to the container",
        ErrorKind::PermissionDenied => {
            "it takes the capability CAP_NET_ADMIN: run it as root, or as unshare -rn sh -c '…' in a network of its own, \
             or let root grant it once: setcap cap_net_admin+ep $(command -v sockscope)"
        }
        ErrorKind::ResourceBusy => "another process has it: choose another name with --device",
        ErrorKind::InvalidInput => "a name of a device has 1 to 15 bytes",
        _ => return anyhow!(error).context(format!("cannot open the TUN device {device}")),
    };
    anyhow!("cannot open the TUN device {device}: {error}; {remedy}")
}
