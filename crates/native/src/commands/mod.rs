//! The commands of `sockscope`, one a file.

pub(crate) mod completions;
pub(crate) mod diff;
#[cfg(not(target_os = "linux"))]
pub(crate) mod elsewhere;
pub(crate) mod import;
mod interrupt;
mod launch;
mod link;
mod output;
pub(crate) mod packetdrill;
mod paint;
pub(crate) mod presets;
pub(crate) mod proxy;
pub(crate) mod replay;
pub(crate) mod run;
#[cfg(target_os = "linux")]
mod scratch;
pub(crate) mod serve;
pub(crate) mod show;
pub(crate) mod sim;
pub(crate) mod swarm;
mod trace;
#[cfg(target_os = "linux")]
pub(crate) mod tun;
#[cfg(target_os = "linux")]
pub(crate) mod watch;
