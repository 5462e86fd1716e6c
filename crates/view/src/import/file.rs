//! The two file formats of captures: pcap (draft-ietf-opsawg-pcap) and pcapng (draft-ietf-opsawg-pcapng).

use super::ImportError;

/// What a capture file holds.
#[derive(Debug, Default)]
pub(super) struct File<'a> {
    pub(super) interfaces: Vec<Interface>,
    pub(super) records: Vec<Record<'a>>,
    /// Where the file breaks off in the middle of something.
    pub(super) cut_off: Option<usize>,
    /// How many packets the capture itself says that it missed.
    pub(super) missed: u64,
}

/// Where packets were captured.
#[derive(Debug)]
pub(super) struct Interface {
    /// What its packets begin with: a LINKTYPE_ value.
    pub(super) link: u32,
    pub(super) name: String,
    units: Units,
}

/// A captured packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    /// Where it stands in the file.
    pub(super) offset: usize,
    pub(super) interface: usize,
    /// Nanoseconds, mostly since 1970.
    pub(super) at: u128,
    pub(super) outbound: Option<bool>,
    pub(super) data: &'a [u8],
}

/// What a timestamp counts.
#[derive(Clone, Copy, Debug)]
struct Units {
    /// So many make a second.
    per_second: u128,
    /// Seconds to add.
    offset: i64,
}

impl Units {
    const MICROSECONDS: Units = Units { per_second: 1_000_000, offset: 0 };

    fn nanos(self, ticks: u64) -> u128 {
        let nanos = u128::from(ticks) * 1_000_000_000 / self.per_second;
        let offset = i128::from(self.offset) * 1_000_000_000;
        nanos.saturating_add_signed(offset)
    }
}

/// The order of the bytes in a number.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Order {
    Little,
    Big,
}

impl Order {
    /// The number of two bytes at a place; 0 where they are not there.
    fn u16(self, bytes: &[u8], at: usize) -> u16 {
        let two = bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
        if self == Order::Little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) }
    }
    fn u32(self, bytes: &[u8], at: usize) -> u32 {
        let four = bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
        if self == Order::Little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) }
    }
    fn u64(self, bytes: &[u8], at: usize) -> u64 {
        let eight = bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
        if self == Order::Little { u64::from_le_bytes(eight) } else { u64::from_be_bytes(eight) }
    }
}

const PCAPNG: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
const MICROSECONDS: u32 = 0xa1b2_c3d4;
const NANOSECONDS: u32 = 0xa1b2_3c4d;

/// Whether a file that begins so is a capture.
pub(super) fn is_capture(start: &[u8]) -> bool {
    start.starts_with(&PCAPNG) || pcap_order(start).is_some()
}

/// Reads a capture file.
pub(super) fn read(bytes: &[u8]) -> Result<File<'_>, ImportError> {
    if bytes.starts_with(&PCAPNG) {
        return pcapng(bytes);
    }
    let no_capture =
        "this is no capture; give a file that tcpdump, dumpcap or Wireshark wrote as pcap or pcapng";
    let (order, units) = pcap_order(bytes).ok_or_else(|| ImportError::new(0, no_capture))?;
    Ok(pcap(bytes, order, units))
}

/// Order and units of a pcap file.
fn pcap_order(start: &[u8]) -> Option<(Order, Units)> {
    let nanoseconds = Units { per_second: 1_000_000_000, offset: 0 };
    let of = |order: Order| match order.u32(start, 0) {
        MICROSECONDS => Some((order, Units::MICROSECONDS)),
        NANOSECONDS => Some((order, nanoseconds)),
        _ => None,
    };
    of(Order::Little).or_else(|| of(Order::Big))
}

fn pcap(bytes: &[u8], order: Order, units: Units) -> File<'_> {
    const HEADER: usize = 24;
    const RECORD: usize = 16;
    // The upper bits tell of a frame check sequence.
    let link = order.u32(bytes, 20) & 0xffff;
    let mut file = File::default();
    file.interfaces.push(Interface { link, name: "capture".into(), units });
    let mut at = HEADER;
    while at < bytes.len() {
        let len = order.u32(bytes, at + 8) as usize;
        let Some(data) = bytes.get(at + RECORD..).and_then(|rest| rest.get(..len)) else { break };
        let seconds = u128::from(order.u32(bytes, at)) * 1_000_000_000;
        let time = seconds + units.nanos(order.u32(bytes, at + 4).into());
        file.records.push(Record { offset: at, interface: 0, at: time, outbound: None, data });
        at += RECORD + len;
    }
    file.cut_off = (at != bytes.len()).then_some(at.min(bytes.len()));
    file
}

/// A block of a pcapng file.
#[derive(Clone, Copy)]
struct Block<'a> {
    offset: usize,
    kind: u32,
    body: &'a [u8],
}

fn pcapng(bytes: &[u8]) -> Result<File<'_>, ImportError> {
    const SECTION: u32 = 0x0a0d_0d0a;
    let mut file = File::default();
    let (mut at, mut order, mut first) = (0, Order::Little, 0);
    while at < bytes.len() {
        if bytes[at..].starts_with(&PCAPNG) && bytes.len() - at >= 12 {
            order = section_order(bytes, at)?;
            first = file.interfaces.len();
        }
        let Some(block) = next_block(bytes, at, order)? else {
            file.cut_off = Some(at);
            break;
        };
        if block.kind != SECTION {
            file.take(block, order, first)?;
        }
        at += block.body.len() + 12;
    }
    Ok(file)
}

fn section_order(bytes: &[u8], at: usize) -> Result<Order, ImportError> {
    const MAGIC: u32 = 0x1a2b_3c4d;
    let known = [Order::Little, Order::Big].into_iter().find(|order| order.u32(bytes, at + 8) == MAGIC);
    known.ok_or_else(|| ImportError::new(at, "the section has no byte order of pcapng"))
}

/// The block at a place; none where the file ends before it does.
fn next_block(bytes: &[u8], at: usize, order: Order) -> Result<Option<Block<'_>>, ImportError> {
    if bytes.len() - at < 12 {
        return Ok(None);
    }
    let len = order.u32(bytes, at + 4) as usize;
    if len < 12 || !len.is_multiple_of(4) {
        let what = format!(
            "a block of pcapng cannot have {len} bytes; what stands before it is fine, so cut the file there"
        );
        return Err(ImportError::new(at, what));
    }
    let Some(whole) = bytes[at..].get(..len) else { return Ok(None) };
    if order.u32(whole, len - 4) as usize != len {
        return Err(ImportError::new(
            at,
            "the two lengths of this block of pcapng differ: the file is damaged",
        ));
    }
    Ok(Some(Block { offset: at, kind: order.u32(whole, 0), body: &whole[8..len - 4] }))
}

impl<'a> File<'a> {
    /// Takes in a block of a section whose interfaces begin at `first`.
    fn take(&mut self, block: Block<'a>, order: Order, first: usize) -> Result<(), ImportError> {
        const INTERFACE: u32 = 1;
        const OLD_PACKET: u32 = 2;
        const SIMPLE_PACKET: u32 = 3;
        const STATISTICS: u32 = 5;
        const PACKET: u32 = 6;
        let body = block.body;
        match block.kind {
            INTERFACE => {
                let name = format!("interface {}", self.interfaces.len() - first);
                self.interfaces.push(interface(block, order, name)?);
            }
            PACKET => self.packet(block, order, first + order.u32(body, 0) as usize)?,
            OLD_PACKET => self.packet(block, order, first + usize::from(order.u16(body, 0)))?,
            SIMPLE_PACKET => {
                // It has no time: it stands with the packet before it.
                let at = self.records.last().map_or(0, |before| before.at);
                let len = (order.u32(body, 0) as usize).min(body.len().saturating_sub(4));
                let data = body.get(4..4 + len).unwrap_or_default();
                self.known(block, first)?;
                let outbound = None;
                self.records.push(Record { offset: block.offset, interface: first, at, outbound, data });
            }
            STATISTICS => {
                let options = body.get(12..).unwrap_or_default();
                // isb_ifdrop and isb_osdrop.
                let drops =
                    [5, 7].map(|code| option(options, order, code).map_or(0, |value| order.u64(value, 0)));
                self.missed = self.missed.saturating_add(drops[0]).saturating_add(drops[1]);
            }
            _ => {}
        }
        Ok(())
    }

    fn known(&self, block: Block<'_>, interface: usize) -> Result<&Interface, ImportError> {
        let unknown = || {
            ImportError::new(block.offset, "this packet is of an interface that the file does not describe")
        };
        self.interfaces.get(interface).ok_or_else(unknown)
    }

    fn packet(&mut self, block: Block<'a>, order: Order, interface: usize) -> Result<(), ImportError> {
        const HEADER: usize = 20;
        let body = block.body;
        let units = self.known(block, interface)?.units;
        let len = order.u32(body, 12) as usize;
        let data = body.get(HEADER..).and_then(|rest| rest.get(..len));
        let data =
            data.ok_or_else(|| ImportError::new(block.offset, "this packet is longer than its block"))?;
        let ticks = u64::from(order.u32(body, 4)) << 32 | u64::from(order.u32(body, 8));
        let options = body.get(HEADER + len.next_multiple_of(4)..).unwrap_or_default();
        // epb_flags: the lower two bits tell inbound (1) from outbound (2).
        let flags = option(options, order, 2).map_or(0, |value| order.u32(value, 0) & 3);
        let outbound = [None, Some(false), Some(true), None][flags as usize];
        self.records.push(Record { offset: block.offset, interface, at: units.nanos(ticks), outbound, data });
        Ok(())
    }
}

fn interface(block: Block<'_>, order: Order, unnamed: String) -> Result<Interface, ImportError> {
    let options = block.body.get(8..).unwrap_or_default();
    let name = option(options, order, 2).map(|name| String::from_utf8_lossy(name).trim().to_owned());
    let resolution = option(options, order, 9).and_then(|value| value.first().copied()).unwrap_or(6);
    let (base, exponent) =
        if resolution & 0x80 == 0 { (10_u128, resolution) } else { (2, resolution & 0x7f) };
    let odd =
        || ImportError::new(block.offset, "this interface counts time in units that are too small to count");
    // More would overflow, and no clock is so fine.
    let per_second = base.checked_pow(exponent.into()).filter(|units| *units <= 1 << 63).ok_or_else(odd)?;
    let offset = option(options, order, 14).map_or(0, |value| order.u64(value, 0) as i64);
    let link = order.u16(block.body, 0).into();
    let name = name.filter(|name| !name.is_empty()).unwrap_or(unnamed);
    Ok(Interface { link, name, units: Units { per_second, offset } })
}

/// The value of an option.
fn option(mut options: &[u8], order: Order, wanted: u16) -> Option<&[u8]> {
    while options.len() >= 4 {
        let (code, len) = (order.u16(options, 0), usize::from(order.u16(options, 2)));
        let value = options.get(4..4 + len)?;
        if code == wanted {
            return Some(value);
        }
        options = options.get(4 + len.next_multiple_of(4)..)?;
        if code == 0 {
            break;
        }
    }
    None
}
