//! What is in flight: every segment that was sent and is not yet acknowledged, in the order of the stream. SACK
//! recovery (RFC 6675), RACK (RFC 8985), PRR (RFC 6937), F-RTO (RFC 5682) and the round-trip time all read it.

use crate::few::Few;
use crate::seq::{Seq, SeqRange};
use crate::time::{Span, Time};
use crate::wire::SackBlocks;
use serde::{Deserialize, Serialize};

/// A segment in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sent {
    pub(super) range: SeqRange,
    /// When it was sent last.
    pub(super) at: Time,
    /// The number of that sending, which tells those of one instant apart.
    nth: u32,
    /// How often it was sent again.
    pub(super) again: u8,
    pub(super) fate: Fate,
}

/// What is known of a segment in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Fate {
    /// Nothing yet.
    Unknown,
    /// The peer has it: a SACK block says so.
    Sacked,
    /// It is presumed lost and waits to be sent again.
    Lost,
    /// It was presumed lost and is sent again.
    Resent,
}

impl Sent {
    /// Whether it, or its latest copy, is thought to be on its way.
    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.fate, Fate::Unknown | Fate::Resent)
    }
    /// What RFC 8985's `RACK_sent_after` compares. Of those that were sent at the same instant the RFC takes the one further
    /// on in the stream; but that one may have left before another went again. Our clock stands still between them,
    /// so we count.
    pub(super) fn departure(&self) -> Departure {
        (self.at, self.nth)
    }
}

/// When a segment was sent last, and the number of that sending.
pub(super) type Departure = (Time, u32);

/// What one ACK tells of the segments in flight.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Delivery {
    pub(super) now: Time,
    /// The least round-trip time so far: what was sent again and is acknowledged sooner than that was delivered the first
    /// time, and says nothing about when (RFC 8985 §6.2, step 2).
    pub(super) min_rtt: Span,
    /// Octets newly known to be delivered, by the cumulative acknowledgment or by blocks.
    pub(super) octets: u32,
    /// Of them, those that blocks told of.
    pub(super) sacked: u32,
    /// When the first was sent that was sent only once: its round-trip time is known (Karn's algorithm).
    pub(super) timed: Option<Time>,
    /// The delivered segment that was sent last.
    pub(super) latest: Option<Departure>,
    /// Where the first segment ends that was delivered without being sent again.
    pub(super) original: Option<Seq>,
    /// A segment that was sent again is acknowledged: without SACK nobody knows which copy arrived.
    pub(super) resent: bool,
    /// From the first segment that was sent once, and delivered after one beyond it, to the end of that one.
    pub(super) overtaken: Option<SeqRange>,
}

/// Every segment in flight. Octets are those of sequence space: SYN and FIN count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Scoreboard {
    /// In order, each beginning where the one before ends.
    segments: Few<Sent>,
    /// How many were sent so far, those sent again included.
    departures: u32,
    /// Octets that are sacked, and in how many segments.
    sacked: u32,
    sacked_segments: u32,
    /// Octets that wait to be sent again.
    lost: u32,
    /// No segment before this one waits to be sent again.
    lost_from: Seq,
    /// Past the highest octet that was sacked; meaningful while something is.
    highest: Seq,
    /// The blocks of the last ACK: what they hold is sacked already.
    known: SackBlocks,
}

impl Scoreboard {
    /// Whether it holds every octet from `una` to `nxt`, and no other.
    pub(super) fn spans(&self, una: Seq, nxt: Seq) -> bool {
        let ends = self.segments.front().zip(self.segments.back());
        ends.map_or(una == nxt, |(first, last)| first.range.start == una && last.range.end == nxt)
    }
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Sent> {
        self.segments.iter()
    }
    /// How many segments are of one kind.
    pub(super) fn count(&self, kind: impl Fn(&Sent) -> bool) -> u32 {
        self.segments.iter().filter(|segment| kind(segment)).count() as u32
    }
    pub(super) fn sacked(&self) -> u32 {
        self.sacked
    }
    pub(super) fn sacked_segments(&self) -> u32 {
        self.sacked_segments
    }
    pub(super) fn lost(&self) -> u32 {
        self.lost
    }
    /// Past the highest octet that was sacked.
    pub(super) fn highest_sacked(&self) -> Option<Seq> {
        (self.sacked > 0).then_some(self.highest)
    }

    /// A range goes out for the first time.
    pub(super) fn sent(&mut self, range: SeqRange, now: Time) {
        let sent = self.depart(range, 0, now);
        self.segments.push_back(sent);
    }
    fn depart(&mut self, range: SeqRange, again: u8, now: Time) -> Sent {
        self.departures = self.departures.wrapping_add(1);
        Sent { range, at: now, nth: self.departures, again, fate: Fate::Unknown }
    }
    /// What was sent from `from` on is taken back: it counts as unsent.
    pub(super) fn withdraw(&mut self, from: Seq) {
        self.split(from);
        while let Some(last) = self.segments.many().pop_back_if(|last| last.range.start.at_or_after(from)) {
            self.uncount(&last);
        }
    }
    /// What was taken back is in flight after all; when it was sent nobody knows any more.
    pub(super) fn restore(&mut self, range: SeqRange, now: Time) {
        let sent = self.depart(range, 1, now);
        self.segments.push_back(sent);
    }
    /// A range goes out again, with what may follow it for the first time: from now on it is one segment.
    pub(super) fn sent_again(&mut self, range: SeqRange, now: Time) {
        self.split(range.start);
        self.split(range.end);
        let first = self.position(range.start);
        let mut whole = self.depart(range, 0, now);
        let mut covered = 0;
        while let Some(old) = self.segments.get(first + covered).copied() {
            if old.range.start.at_or_after(range.end) {
                break;
            }
            self.uncount(&old);
            match old.fate {
                Fate::Lost | Fate::Resent => whole.fate = Fate::Resent,
                Fate::Sacked => self.known = SackBlocks::default(),
                Fate::Unknown => {}
            }
            whole.again = whole.again.max(old.again.saturating_add(1));
            covered += 1;
        }
        match self.segments.get_mut(first) {
            Some(place) => *place = whole,
            None => self.segments.push_back(whole),
        }
        if covered > 1 {
            self.segments.many().drain(first + 1..first + covered);
        }
        if self.lost_from == range.start {
            self.lost_from = range.end;
        }
    }
    /// Everything before `ack` is acknowledged.
    pub(super) fn acknowledge(&mut self, ack: Seq, news: &mut Delivery) {
        while let Some(first) = self.segments.front().copied() {
            if first.range.start.at_or_after(ack) {
                break;
            }
            if first.range.end.after(ack) {
                self.split(ack);
                continue;
            }
            self.segments.pop_front();
            self.uncount(&first);
            if first.fate != Fate::Sacked {
                self.deliver(&first, news);
            }
        }
        self.lost_from = self.lost_from.later(ack);
    }
    /// Gives back the memory where nothing is in flight, and may not be for long.
    pub(super) fn release(&mut self) {
        if self.segments.is_empty() {
            self.segments.clear();
        }
    }
    /// A block says that the peer has these octets. Only whole segments count.
    pub(super) fn sack(&mut self, block: SeqRange, news: &mut Delivery) {
        let first = self.segments.partition_point(|segment| segment.range.start.before(block.start));
        let from = first.max(self.position(self.unknown_from(block)));
        for at in from..self.segments.len() {
            let segment = self.segments[at];
            if segment.range.end.after(block.end) {
                break;
            }
            if segment.fate == Fate::Sacked {
                continue;
            }
            self.deliver(&segment, news);
            news.sacked += segment.range.len();
            self.uncount(&segment);
            self.highest =
                self.highest_sacked().map_or(segment.range.end, |old| old.later(segment.range.end));
            self.sacked += segment.range.len();
            self.sacked_segments += 1;
            self.segments[at].fate = Fate::Sacked;
        }
    }
    /// Remembers the blocks of this ACK, so that the next need not look at what they hold.
    pub(super) fn know(&mut self, blocks: [Option<SeqRange>; 4]) {
        self.known = blocks.into();
    }
    /// Presumes each segment under way lost for which `is_lost` holds, and says how many octets that were.
    pub(super) fn lose(&mut self, is_lost: impl FnMut(&Sent) -> bool) -> u32 {
        self.lose_while(|_| true, is_lost)
    }
    /// The same of those that left before `latest`, without a look at the others: behind a segment that left later and was
    /// sent once, each left later still, for it was sent for the first time after that one.
    pub(super) fn lose_overtaken(&mut self, latest: Departure, is_lost: impl FnMut(&Sent) -> bool) -> u32 {
        self.lose_while(|segment| segment.again > 0 || segment.departure() < latest, is_lost)
    }
    fn lose_while(&mut self, goes_on: impl Fn(&Sent) -> bool, mut is_lost: impl FnMut(&Sent) -> bool) -> u32 {
        let before = self.lost;
        let segments = self.segments.iter_mut().take_while(|segment| goes_on(segment));
        for segment in segments.filter(|segment| segment.is_under_way()) {
            if is_lost(segment) {
                if self.lost == 0 || segment.range.start.before(self.lost_from) {
                    self.lost_from = segment.range.start;
                }
                self.lost += segment.range.len();
                segment.fate = Fate::Lost;
            }
        }
        self.lost - before
    }
    /// RFC 6675 §4, `IsLost`: above it the peer has `threshold` separate runs of octets, or more than
    /// `threshold` - 1 full segments.
    pub(super) fn lose_below_sacked(&mut self, threshold: u32, smss: u32) -> u32 {
        let (mut octets, mut runs, mut in_run, mut below) = (0, 0, false, None);
        for segment in self.segments.iter().rev() {
            if octets > threshold.saturating_sub(1) * smss || runs >= threshold {
                below = Some(segment.range.end);
                break;
            }
            let sacked = segment.fate == Fate::Sacked;
            runs += u32::from(sacked && !in_run);
            octets += if sacked { segment.range.len() } else { 0 };
            in_run = sacked;
        }
        below.map_or(0, |below| {
            self.lose(|segment| segment.fate == Fate::Unknown && segment.range.end.at_or_before(below))
        })
    }
    /// Nothing is lost after all.
    pub(super) fn find_again(&mut self) {
        for segment in self.segments.iter_mut() {
            if matches!(segment.fate, Fate::Lost | Fate::Resent) {
                segment.fate = Fate::Unknown;
            }
        }
        self.lost = 0;
    }
    /// The peer has thrown away what it reported (RFC 2018 §8): no block is believed any more.
    pub(super) fn forget_sacks(&mut self) {
        for segment in self.segments.iter_mut().filter(|segment| segment.fate == Fate::Sacked) {
            segment.fate = Fate::Unknown;
        }
        self.sacked = 0;
        self.sacked_segments = 0;
        self.known = SackBlocks::default();
    }
    /// What waits to be sent again first, together with what waits right behind it, up to `most` octets.
    pub(super) fn first_lost(&self, most: u32) -> Option<SeqRange> {
        if self.lost == 0 {
            return None;
        }
        let at = self.position(self.lost_from);
        let mut waiting = self.segments.iter().skip(at).skip_while(|segment| segment.fate != Fate::Lost);
        let mut range = waiting.next()?.range;
        if range.len() > most {
            return Some(SeqRange::new(range.start, most));
        }
        for next in waiting {
            if next.fate == Fate::Lost && next.range.len() > most {
                range.end = range.start + most; // It has to be cut anyhow.
            }
            if next.fate != Fate::Lost || range.len() + next.range.len() > most {
                break;
            }
            range.end = next.range.end;
        }
        Some(range)
    }

    /// The place of the segment that holds `seq`.
    fn position(&self, seq: Seq) -> usize {
        self.segments.partition_point(|segment| segment.range.end.at_or_before(seq))
    }
    /// Makes `seq` the edge of a segment, where one holds it.
    fn split(&mut self, seq: Seq) {
        let at = self.position(seq);
        let Some(segment) = self.segments.get_mut(at).filter(|segment| segment.range.start.before(seq))
        else {
            return;
        };
        let rest = Sent { range: SeqRange { start: seq, end: segment.range.end }, ..*segment };
        segment.range.end = seq;
        self.sacked_segments += u32::from(rest.fate == Fate::Sacked);
        self.segments.many().insert(at + 1, rest);
    }
    fn uncount(&mut self, segment: &Sent) {
        match segment.fate {
            Fate::Sacked => {
                self.sacked -= segment.range.len();
                self.sacked_segments -= 1;
            }
            Fate::Lost => self.lost -= segment.range.len(),
            Fate::Unknown | Fate::Resent => {}
        }
    }
    fn deliver(&self, segment: &Sent, news: &mut Delivery) {
        let Sent { range, at, again, .. } = *segment;
        news.octets += range.len();
        news.resent |= again > 0;
        if again == 0 {
            news.timed.get_or_insert(at);
            news.original = Some(news.original.map_or(range.end, |end| end.earlier(range.end)));
            if let Some(end) = self.highest_sacked().filter(|highest| range.start.before(*highest)) {
                let start = news.overtaken.map_or(range.start, |known| known.start.earlier(range.start));
                news.overtaken = Some(SeqRange { start, end });
            }
        }
        let known_when = again == 0 || news.now.since(at) >= news.min_rtt;
        if known_when && news.latest.is_none_or(|latest| segment.departure() > latest) {
            news.latest = Some(segment.departure());
        }
    }
    /// Where the part of a block begins that the last ACK did not tell of.
    fn unknown_from(&self, block: SeqRange) -> Seq {
        let known = self.known.iter().flatten().find(|known| known.start == block.start);
        known.map_or(block.start, |known| known.end.earlier(block.end))
    }
}
