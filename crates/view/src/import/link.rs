//! What stands before the IP packet in a frame, by the LINKTYPE_ of its interface.

/// An IP packet and what its frame told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame<'a> {
    pub(super) ip: &'a [u8],
    /// The number of the interface, in captures of all of them.
    pub(super) interface: Option<u32>,
    pub(super) outbound: Option<bool>,
}

/// Takes the IP packet out of a frame.
///
/// # Errors
/// What the frame holds instead.
pub(super) fn unwrap(link: u32, frame: &[u8]) -> Result<Frame<'_>, String> {
    const NULL: u32 = 0;
    const ETHERNET: u32 = 1;
    const LOOP: u32 = 108;
    const LINUX_SLL: u32 = 113;
    const LINUX_SLL2: u32 = 276;
    match link {
        ETHERNET => ethernet(frame),
        // The address family before the packet has a number of its own on each system; the packet tells it too.
        NULL | LOOP => plain(frame.get(4..)),
        // RAW has three numbers; IPV4 and IPV6.
        12 | 14 | 101 | 228 | 229 => plain(Some(frame)),
        LINUX_SLL => {
            let inner = of_type(word(frame, 14)?, frame.get(16..))?;
            Ok(Frame { outbound: Some(word(frame, 0)? == OUTGOING), ..inner })
        }
        LINUX_SLL2 => {
            let inner = of_type(word(frame, 0)?, frame.get(20..))?;
            let interface = u32::from(word(frame, 4)?) << 16 | u32::from(word(frame, 6)?);
            let outbound = frame.get(10).map(|kind| u16::from(*kind) == OUTGOING);
            Ok(Frame { interface: Some(interface), outbound, ..inner })
        }
        other => Err(format!("of an interface of link type {other}, which is not known here")),
    }
}

/// The packet type of a frame that this machine sent.
const OUTGOING: u16 = 4;
const SHORT: &str = "cut before the IP header";

fn word(frame: &[u8], at: usize) -> Result<u16, String> {
    let two = frame.get(at..).and_then(|rest| rest.first_chunk()).ok_or(SHORT)?;
    Ok(u16::from_be_bytes(*two))
}

fn plain(ip: Option<&[u8]>) -> Result<Frame<'_>, String> {
    let ip = ip.filter(|ip| !ip.is_empty()).ok_or(SHORT)?;
    match ip[0] >> 4 {
        4 | 6 => Ok(Frame { ip, interface: None, outbound: None }),
        _ => Err("not of IP".to_owned()),
    }
}

fn ethernet(frame: &[u8]) -> Result<Frame<'_>, String> {
    let mut at = 12;
    // VLAN tags (IEEE 802.1Q and 802.1ad).
    while matches!(word(frame, at)?, 0x8100 | 0x88a8 | 0x9100) {
        at += 4;
    }
    of_type(word(frame, at)?, frame.get(at + 2..))
}

fn of_type(ethertype: u16, rest: Option<&[u8]>) -> Result<Frame<'_>, String> {
    match ethertype {
        0x0800 | 0x86dd => plain(rest),
        0x0806 => Err("of ARP".to_owned()),
        0..0x0600 => Err("of IEEE 802.3, not of IP".to_owned()),
        other => Err(format!("of Ethernet type 0x{other:04x}, not of IP")),
    }
}
