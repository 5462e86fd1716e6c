//! `sockscope proxy packets`: the packets of the kernel through our link, one by one.

use super::Common;
use crate::end::End;
use crate::proxy::Protocol;
use crate::tun::Namespace;
use crate::tun::addresses::Address;
use anyhow::{Context, Result};
use clap::Args as ClapArgs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::runtime::Builder;

const EXAMPLES: &str = "\
Examples:
  sudo sockscope proxy packets --netns lab --loss 2% --delay 20ms -o lab.jsonl
    until Ctrl-C; meanwhile, elsewhere:
  python3 -m http.server 8000
  sudo ip netns exec lab curl http://10.7.0.1:8000/
  sudo sockscope proxy packets --netns near --beyond far --rate 10mbit
    two namespaces, and nothing else

Both ends are the kernel's, and in between is a link of the simulator, with its
words and its random draws: what TCP does about losses is done by the real one.
Programs of the namespace have the addresses of --address; this machine has the
first other one of each network, 10.7.0.1 and fd07::1, and a namespace that is
made here sends everything else there too (to let it out into the world: sysctl
net.ipv4.ip_forward=1, and a rule of nft that masquerades). The way there is the
one out of the namespace. Fragments, pings and the like pass as well; the trace
has TCP, UDP and ICMP errors.
Without root:
  unshare -rnm sh -c \\
    'mount -t tmpfs none /run; sockscope proxy packets --netns lab & …'";

/// Arguments of `sockscope proxy packets`.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The network namespace of the programs; where there is none it is made, and deleted at the end
    #[arg(long, value_name = "NAME")]
    netns: String,
    /// The namespace at the other end of the link [default: this machine as it is]
    #[arg(long, value_name = "NAME")]
    beyond: Option<String>,
    /// Name of the devices at both ends; one that is there already is used as it is
    #[arg(long, value_name = "NAME", default_value = "sockscope0")]
    device: String,
    /// An address of the namespace, with its network
    #[arg(long, value_name = "ADDRESS/PREFIX", default_values = Address::DEFAULT)]
    address: Vec<Address>,
    #[command(flatten)]
    common: Common,
}

pub(super) fn packets(args: &Args) -> Result<End> {
    let common = &args.common;
    let knobs = common.knobs(Protocol::Packets)?;
    let near = Namespace::named(&args.netns)?;
    let far = args.beyond.as_deref().map_or_else(|| Ok(Namespace::here()), Namespace::named)?;
    let (device, mtu) = (&args.device, common.link.mtu().unwrap_or(1500));
    let beyond: Vec<Address> = args.address.iter().map(Address::kernel).collect();
    let ends = [near.device(device, &args.address, mtu)?, far.device(device, &beyond, mtu)?];
    if near.is_new() {
        near.ip(&format!("route add default dev {device}"))?;
        near.ip(&format!("-6 route add default dev {device}"))?;
    }
    let ips = |addresses: &[Address]| addresses.iter().map(|address| address.ip).collect();
    let names = [args.netns.as_str(), args.beyond.as_deref().unwrap_or("here")];
    let nodes = [(names[0], ips(&args.address)), (names[1], ips(&beyond))];
    let title = format!("packets between {} and {}", names[0], names[1]);
    let proxy = common.proxy(Protocol::Packets, knobs, title, &nodes)?;
    eprintln!("joining {} and {}; Ctrl-C ends it", place(&nodes[0]), place(&nodes[1]));
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let over = Arc::new(AtomicBool::new(false));
        let passing = {
            let (proxy, over) = (proxy.clone(), over.clone());
            tokio::task::spawn_blocking(move || proxy.pass([&ends[0], &ends[1]], &over))
        };
        let serving = async { passing.await?.context("a device failed") };
        let end = common.attend(&proxy, serving).await;
        over.store(true, Ordering::Relaxed);
        end
    })
}

fn place((name, addresses): &(&str, Vec<std::net::IpAddr>)) -> String {
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    format!("{name} ({})", addresses.join(", "))
}
