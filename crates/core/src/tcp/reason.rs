//! Every rule that the machine applies, by name: the code that applies it, the trace and the page say the same.

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($name:ident, $source:literal, $text:literal;)*) => {
        /// The rule that made an endpoint send a segment, or that decided what an arriving one means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Reason {
            $(#[doc = concat!($text, " (", $source, ")")] $name,)*
        }
        impl Reason {
            /// Every rule there is.
            pub const ALL: &'static [Reason] = &[$(Reason::$name),*];
            /// Where the rule stands: RFC and section.
            pub const fn source(self) -> &'static str {
                match self { $(Reason::$name => $source,)* }
            }
            /// What the rule says, in a sentence.
            pub const fn text(self) -> &'static str {
                match self { $(Reason::$name => $text,)* }
            }
        }
    };
}

reasons! {
    // Why a packet was sent.
    SynOfConnect, "RFC 9293 §3.5", "An active open sends a SYN with the initial sequence number.";
    SynAgain, "Linux: SYN-SENT", "The peer answered for an old connection and knows now that it is gone: our SYN goes again at once.";
    SynAckOfListen, "RFC 9293 §3.10.7.2", "A SYN for a listening port is answered with SYN and ACK.";
    SynCookie, "RFC 4987 §3.6", "The SYN queue is full: the sequence number of the SYN,ACK holds what the SYN said, and nothing is kept.";
    SynAckOfSimultaneousOpen, "RFC 9293 §3.5", "Both sides sent a SYN: ours goes again, with the ACK of the peer's.";
    SynWithData, "RFC 7413 §4.2.1", "The SYN carries the server's cookie, and with it the first data: no round trip is lost.";
    DataOfSynRefused, "RFC 7413 §4.2.1", "The SYN,ACK acknowledges the SYN, but not all of its data: that goes again.";
    NewData, "RFC 9293 §3.8", "Bytes from the send buffer fit the peer's window and the congestion window.";
    FinOfClose, "RFC 9293 §3.6", "The program closed its sending side and every byte before is sent.";
    AckNow, "RFC 5681 §4.2", "An ACK is due at once: two full segments came, or one out of order, or a FIN or SYN.";
    QuickAck, "Linux: quick ACKs", "Data has begun to flow: the first ACKs do not wait, so that the sender's window opens soon.";
    DuplicateText, "RFC 2883 §4", "Octets came twice: the ACK that tells of it goes out at once.";
    AckDelayed, "RFC 9293 §3.8.6.3", "The delayed-ACK time is over and no data went out to carry the ACK.";
    Retransmission, "RFC 6298 §5.4", "The retransmission timer ran out: the oldest unacknowledged segment goes again.";
    FastRetransmit, "RFC 5681 §3.2", "Three duplicate ACKs: the segment they ask for is sent again without waiting.";
    PartialAck, "RFC 6582 §3.2", "An ACK during recovery stopped short: the next hole is sent again.";
    RackLoss, "RFC 8985 §6.2", "A segment sent later has arrived, and reordering does not last that long: this one is lost and goes again.";
    SackLoss, "RFC 6675 §4", "Enough has arrived beyond the segment: it is lost and goes again.";
    Rescue, "RFC 6675 §4", "In recovery nothing is known to be lost and nothing new may go: the last segment goes again, to learn of the others.";
    TailLossProbe, "RFC 8985 §7.3", "Two round trips without an ACK: a probe asks whether the last segments were lost.";
    RecoveryData, "RFC 6937 §3", "In recovery new data goes out in proportion to what arrives.";
    LimitedTransmit, "RFC 3042 §2", "A duplicate ACK says that a segment has left the network: a new one may enter it.";
    WindowProbe, "RFC 9293 §3.8.6.1", "The peer's window is closed: a probe asks whether it opened.";
    SmallWindow, "RFC 9293 §3.8.6.2.1", "The peer's window stayed small: what fits is sent after all.";
    WindowOpened, "RFC 9293 §3.8.6.1", "The peer's window opened: what the probe carried in vain goes again, and what waits.";
    WindowUpdate, "RFC 9293 §3.8.6.2.2", "The program read enough to offer a larger window.";
    KeepAlive, "RFC 9293 §3.8.4", "Nothing was heard for long: a segment that must be answered asks whether the peer is still there.";
    ResetOfSilence, "RFC 9293 §3.8.4", "The peer answered no keep-alive: the connection is over, and a RST says so in case it hears.";
    ChallengeAck, "RFC 5961", "A segment that looks forged is answered with what we expect instead.";
    ResetOfAbort, "RFC 9293 §3.10.5", "The program aborted: the peer is told with a RST.";
    ResetOfLostData, "RFC 9293 §3.6.1", "The program closed and nobody will read what came: a RST says that it is lost.";
    ResetOfSyn, "RFC 793", "A SYN in the window of a connection that stands ends it, as it did before RFC 5961.";
    ResetUnwanted, "RFC 9293 §3.10.7.1", "A segment for no known connection is answered with a RST.";
    Datagram, "RFC 768", "The program sent a datagram.";
    PortUnreachable, "RFC 1122 §4.1.3.1", "A datagram for a port that nobody bound is answered with ICMP port unreachable.";
    PacketTooBig, "RFC 1191 §4", "A packet that is longer than the next link takes is answered with ICMP packet too big and that link's MTU.";
    TimeExceeded, "RFC 1812 §5.3.1", "A packet whose time to live ran out is answered with ICMP time exceeded.";
    HostUnreachable, "RFC 1812 §4.3.3.1", "A packet that no way leads on for is answered with ICMP host unreachable.";
    FromOutside, "not ours", "A host outside of this engine sent it: only it knows why.";
    // What an arriving packet means.
    Acceptable, "RFC 9293 §3.10.7.4", "The segment lies in the receive window.";
    Unacceptable, "RFC 9293 §3.10.7.4", "The segment lies outside of the receive window: it is dropped, and answered with an ACK unless it is a RST.";
    OldTimestamp, "RFC 7323 §5.3", "The timestamp is older than one that came before: so is the segment, whatever its sequence number says.";
    NoTimestamp, "RFC 7323 §3.2", "Both sides agreed on timestamps and this segment has none: dropped.";
    WindowClosed, "RFC 9293 §3.10.7.4", "Our window is closed: the text is not taken, the ACK is, and the probe is answered.";
    DataOnSyn, "RFC 7413 §4.2.2", "The SYN's cookie is one that we gave: its data is taken before the handshake is over.";
    SynArrived, "RFC 9293 §3.10.7.3", "The peer's SYN: its initial sequence number is known.";
    SynAckArrived, "RFC 9293 §3.10.7.3", "The peer's SYN, and with it the ACK of ours: the connection stands.";
    CookieReturned, "RFC 4987 §3.6", "The ACK brings back a cookie of ours: the connection stands, though nobody knew of it.";
    AcceptDeferred, "Linux: TCP_DEFER_ACCEPT", "The handshake would be over, but the program waits for the first data: the ACK is dropped.";
    NoSyn, "RFC 9293 §3.10.7.3", "Without a SYN there is nothing to begin with: dropped.";
    NoAck, "RFC 9293 §3.10.7.4", "Every segment of a connection carries an ACK: one without is dropped.";
    AckOfNothingSent, "RFC 9293 §3.10.7.4", "The ACK is for octets that were never sent, or for long ago.";
    SynOutOfPlace, "RFC 5961 §4", "A SYN on a connection that stands: it is challenged, not believed.";
    ResetOutOfPlace, "RFC 5961 §3", "A RST in the window, but not at its left edge: it is challenged, not believed.";
    TimeWaitStays, "RFC 1337 §3", "A RST does not cut TIME-WAIT short: the wait keeps old segments from a new connection.";
    IcmpOutOfPlace, "RFC 5927 §4.1", "The ICMP error is not about anything in flight, or of no use: ignored.";
    PathMtuShrank, "RFC 1191 §6", "A router takes smaller packets only: what is in flight goes again in smaller segments.";
    BlackHole, "RFC 2923 §2.1", "A large segment timed out three times: perhaps a router drops it and does not say so, and smaller ones are tried.";
    MarkArrived, "RFC 3168 §6.1.3", "A router marked the packet instead of dropping it: our ACKs say so until the peer slows down.";
    MarkEchoed, "RFC 3168 §6.1.2", "The peer saw a mark: the congestion window is halved, once a round trip, and nothing was lost.";
    WindowMoved, "RFC 9293 §3.10.7.4", "The peer offers another window than before.";
    InOrder, "RFC 9293 §3.10.7.4", "The text comes next in the stream: it is kept for the program.";
    HoleFilled, "RFC 5681 §4.2", "The text fills a hole: what waited behind it follows.";
    OldText, "RFC 9293 §3.10.7.4", "All of the text is here already, or no longer wanted.";
    OutOfOrder, "RFC 9293 §3.10.7.4", "The segment is ahead of its turn and is kept until the hole before it is filled.";
    OldAck, "RFC 9293 §3.10.7.4", "The ACK repeats what is known.";
    DuplicateAck, "RFC 5681 §2", "The ACK repeats the last one while data is in flight: a later segment arrived before this one.";
    Sacked, "RFC 2018 §5", "The ACK tells of octets that arrived beyond a hole: they need not go again.";
    ReportedTwice, "RFC 2883 §5", "The ACK tells of octets that came twice: one of the copies was needless, or the network made it.";
    ProbeRepairedLoss, "RFC 8985 §7.4", "The probe repaired a loss: the window is cut as for any other.";
    SpuriousTimeout, "RFC 5682 §3.1", "What was sent once is being acknowledged after a time-out: nothing was lost, and the window is restored.";
    UndoneByTimestamp, "RFC 3522 §3.2", "The ACK echoes a timestamp from before anything was sent again: the first copy arrived, and the window is restored.";
    UndoneByDuplicates, "RFC 3708 §2", "All that was sent again came twice: nothing was lost, and the window is restored.";
    NewAck, "RFC 9293 §3.10.7.4", "The ACK covers octets that were in flight.";
    UrgentArrived, "RFC 9293 §3.10.7.4", "The peer has something urgent: the program is told before the octet's turn comes.";
    FinArrived, "RFC 9293 §3.10.7.4", "The peer sends no more data after this.";
    ResetArrived, "RFC 9293 §3.10.7.4", "The peer ended the connection.";
}
