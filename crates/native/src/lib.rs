//! Sockscope on this machine: programs over real sockets, and the `sockscope` command.

#[cfg(target_os = "linux")]
mod capture;
pub mod cli;
mod commands;
pub mod driver;
mod end;
mod live;
mod place;
pub mod proxy;
pub mod record;
#[cfg(target_os = "linux")]
mod sockopt;
#[cfg(target_os = "linux")]
pub mod tun;
#[cfg(target_os = "linux")]
pub mod watch;
