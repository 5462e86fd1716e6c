//! The `sockscope` command as its users have it: real processes, real sockets.

mod arguments;
#[cfg(target_os = "linux")]
mod capture;
mod ending;
mod import;
mod live;
mod packetdrill;
mod peers;
mod proxy;
mod replay;
mod run;
mod serve;
mod sim;
mod support;
mod swarm;
#[cfg(target_os = "linux")]
mod watch;
