//! Programs from the system's packages that some checks need.

use crate::shell::{command, output, run, say, succeeds};

/// A program that some checks cannot do without.
pub(crate) struct Tool {
    /// How it is called.
    pub(crate) program: &'static str,
    /// The Debian packages that bring it.
    packages: &'static str,
}

/// Drives the pages.
pub(crate) const CHROMIUM: Tool = Tool { program: "chromium", packages: "chromium fonts-dejavu-core" };
/// Compiles libFuzzer.
pub(crate) const CXX: Tool = Tool { program: "c++", packages: "g++" };
/// Judges the captures.
pub(crate) const TSHARK: Tool = Tool { program: "tshark", packages: "tshark" };
/// Talk to our stack from the kernel's side of a TUN device.
pub(crate) const PEERS: [Tool; 4] = [
    Tool { program: "ip", packages: "iproute2" },
    Tool { program: "curl", packages: "curl" },
    Tool { program: "nc", packages: "netcat-openbsd" },
    Tool { program: "iperf3", packages: "iperf3" },
];

impl Tool {
    /// Installs it where it is missing and that is possible; otherwise says why a check that needs it is skipped.
    pub(crate) fn ensure(&self) -> Result<(), String> {
        if self.is_there() {
            return Ok(());
        }
        if !is_root() {
            return Err(format!("{} is not installed (apt install {})", self.program, self.packages));
        }
        say(&format!("installing {}", self.packages));
        let apt = |words: &str| {
            let line = format!("apt-get -qq -o DPkg::Lock::Timeout=300 {words}");
            run(command(&line).env("DEBIAN_FRONTEND", "noninteractive").stdout(std::process::Stdio::null()))
        };
        apt("update")
            .and_then(|()| apt(&format!("install -y --no-install-recommends {}", self.packages)))
            .map_err(|error| format!("{} could not be installed: {error:#}", self.program))
    }

    fn is_there(&self) -> bool {
        succeeds(&format!("which {}", self.program))
    }
}

fn is_root() -> bool {
    output(&mut command("id -u")).is_ok_and(|id| id == "0")
}
