//! DNS messages, as far as one question for one IPv4 address needs them (RFC 1035, section 4).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::Ipv4Addr;

/// Response, and not a query.
const QR: u16 = 0x8000;
/// Authoritative answer.
const AA: u16 = 0x0400;
/// Recursion desired; an answer repeats it.
const RD: u16 = 0x0100;
/// Where the response code is.
const RCODE: u16 = 0x000f;
const FORMAT_ERROR: u16 = 1;
const NAME_ERROR: u16 = 3;

const TYPE_A: u16 = 1;
const CLASS_IN: u16 = 1;
/// Bytes of the header: id, flags and four counts.
const HEADER: usize = 12;
/// How long an answer may be kept, in seconds.
const TTL: u32 = 300;

/// A domain name of labels of 1 to 63 bytes, at most 253 in all.
///
/// ```
/// use sockscope_programs::dns::Name;
/// assert!(Name::try_from("www.example.com".to_owned()).is_ok());
/// assert!(Name::try_from("a..b".to_owned()).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl TryFrom<String> for Name {
    type Error = String;
    fn try_from(name: String) -> Result<Name, String> {
        let fits = |label: &str| (1..=63).contains(&label.len()) && label.is_ascii();
        if name.len() <= 253 && name.split('.').all(fits) {
            return Ok(Name(name));
        }
        Err(format!("\"{name}\" is no domain name: labels of 1 to 63 ASCII letters between dots"))
    }
}

impl From<Name> for String {
    fn from(name: Name) -> String {
        name.0
    }
}

impl Name {
    /// Each label after its length, and the empty label of the root (RFC 1035, section 3.1).
    fn encode(&self) -> Vec<u8> {
        let label = |label: &str| [&[label.len() as u8], label.as_bytes()].concat();
        self.0.split('.').flat_map(label).chain([0]).collect()
    }
}

fn header(id: u16, flags: u16, questions: u16, answers: u16) -> Vec<u8> {
    [id, flags, questions, answers, 0, 0].iter().flat_map(|field| field.to_be_bytes()).collect()
}

/// The question: what is the IPv4 address of this name?
pub fn question(id: u16, name: &Name) -> Vec<u8> {
    let mut message = header(id, RD, 1, 0);
    message.extend(name.encode());
    message.extend([TYPE_A, CLASS_IN].iter().flat_map(|field| field.to_be_bytes()));
    message
}

/// What a server that knows one name and its address answers to a message: the address, no such name, or a format
/// error where the message is no question.
pub fn answer(message: &[u8], name: &Name, address: Ipv4Addr) -> Vec<u8> {
    let Some(asked) = read_question(message) else {
        let id = Reader::new(message).u16().unwrap_or(0);
        return header(id, QR | FORMAT_ERROR, 0, 0);
    };
    let known = asked.name.eq_ignore_ascii_case(&name.encode());
    let found = known && asked.kind == TYPE_A && asked.class == CLASS_IN;
    let code = if known { 0 } else { NAME_ERROR };
    let mut reply = header(asked.id, QR | AA | asked.flags & RD | code, 1, u16::from(found));
    reply.extend(asked.section);
    if found {
        let pointer_to_the_name = 0xc000 | HEADER as u16;
        reply.extend([pointer_to_the_name, TYPE_A, CLASS_IN].iter().flat_map(|field| field.to_be_bytes()));
        reply.extend(TTL.to_be_bytes());
        reply.extend(4u16.to_be_bytes());
        reply.extend(address.octets());
    }
    reply
}

/// What an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The first address in it.
    Address(Ipv4Addr),
    /// The name exists, but has no IPv4 address.
    NoAddress,
    /// NXDOMAIN: the name does not exist.
    NoSuchName,
    /// The server failed, with this response code (RFC 1035, section 4.1.1).
    Failed(u16),
    /// The message is no answer, or is cut short.
    Malformed,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Address(address) => address.fmt(f),
            Outcome::NoAddress => f.write_str("no address"),
            Outcome::NoSuchName => f.write_str("no such name"),
            Outcome::Failed(code) => write!(f, "the server failed: response code {code}"),
            Outcome::Malformed => f.write_str("not a DNS answer"),
        }
    }
}

/// Reads an answer.
///
/// ```
/// use sockscope_programs::dns::{self, Name, Outcome};
/// let name = Name::try_from("example.com".to_owned()).unwrap();
/// let answer = dns::answer(&dns::question(7, &name), &name, [192, 0, 2, 1].into());
/// assert_eq!(dns::read_answer(&answer), Outcome::Address([192, 0, 2, 1].into()));
/// ```
pub fn read_answer(message: &[u8]) -> Outcome {
    let mut reader = Reader::new(message);
    let Some([_id, flags, questions, answers, _, _]) = reader.header() else { return Outcome::Malformed };
    match flags & RCODE {
        _ if flags & QR == 0 => Outcome::Malformed,
        0 => read_records(&mut reader, questions, answers).unwrap_or(Outcome::Malformed),
        NAME_ERROR => Outcome::NoSuchName,
        code => Outcome::Failed(code),
    }
}

fn read_records(reader: &mut Reader<'_>, questions: u16, answers: u16) -> Option<Outcome> {
    for _ in 0..questions {
        reader.name()?;
        reader.take(4)?;
    }
    for _ in 0..answers {
        reader.name()?;
        let (kind, class) = (reader.u16()?, reader.u16()?);
        let _ttl = reader.take(4)?;
        let length = reader.u16()?;
        let data = reader.take(length.into())?;
        if let (TYPE_A, CLASS_IN, Ok(octets)) = (kind, class, <[u8; 4]>::try_from(data)) {
            return Some(Outcome::Address(octets.into()));
        }
    }
    Some(Outcome::NoAddress)
}

/// A question as it stands in a message.
struct Asked<'a> {
    id: u16,
    flags: u16,
    name: &'a [u8],
    kind: u16,
    class: u16,
    /// The whole question section.
    section: &'a [u8],
}

fn read_question(message: &[u8]) -> Option<Asked<'_>> {
    let mut reader = Reader::new(message);
    let [id, flags, questions, ..] = reader.header()?;
    if flags & QR != 0 || questions != 1 {
        return None;
    }
    let name = reader.name()?;
    let (kind, class) = (reader.u16()?, reader.u16()?);
    Some(Asked { id, flags, name, kind, class, section: &message[HEADER..reader.at] })
}

/// Reads a message from its beginning; `None` where it is cut short.
struct Reader<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(message: &'a [u8]) -> Reader<'a> {
        Reader { message, at: 0 }
    }
    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let taken = self.message.get(self.at..self.at + bytes)?;
        self.at += bytes;
        Some(taken)
    }
    fn u16(&mut self) -> Option<u16> {
        self.take(2).map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]))
    }
    fn header(&mut self) -> Option<[u16; 6]> {
        let mut fields = [0; 6];
        for field in &mut fields {
            *field = self.u16()?;
        }
        Some(fields)
    }
    /// The bytes of a name, up to the root or to a pointer (RFC 1035, section 4.1.4), which is not followed.
    fn name(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        loop {
            match self.take(1)?[0] {
                0 => break,
                length @ 1..=63 => self.take(length.into()).map(drop)?,
                0xc0.. => break self.take(1).map(drop)?,
                _ => return None,
            }
        }
        Some(&self.message[start..self.at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUESTION: &[u8] =
        b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01";
    const ANSWER: &[u8] =
        b"\x12\x34\x85\x00\x00\x01\x00\x01\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01\
        \xc0\x0c\x00\x01\x00\x01\x00\x00\x01\x2c\x00\x04\xc0\x00\x02\x01";
    const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

    fn name(text: &str) -> Name {
        Name::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn messages_have_the_bytes_of_rfc_1035() {
        assert_eq!(question(0x1234, &name("example.com")), QUESTION);
        assert_eq!(answer(QUESTION, &name("Example.COM"), ADDRESS), ANSWER);
        assert_eq!(read_answer(ANSWER), Outcome::Address(ADDRESS));
    }

    #[test]
    fn a_server_answers_what_it_does_not_know() {
        let other = answer(QUESTION, &name("example.org"), ADDRESS);
        assert_eq!(other[..4], [0x12, 0x34, 0x85, 0x03]);
        assert_eq!(read_answer(&other), Outcome::NoSuchName);
        let mut mail = QUESTION.to_vec();
        mail[26] = 15; // QTYPE MX
        assert_eq!(read_answer(&answer(&mail, &name("example.com"), ADDRESS)), Outcome::NoAddress);
    }

    #[test]
    fn a_message_cut_short_is_no_question_and_no_answer() {
        for end in 0..QUESTION.len() {
            let reply = answer(&QUESTION[..end], &name("example.com"), ADDRESS);
            assert_eq!(read_answer(&reply), Outcome::Failed(FORMAT_ERROR), "{end} bytes");
        }
        for end in 0..ANSWER.len() {
            assert_eq!(read_answer(&ANSWER[..end]), Outcome::Malformed, "{end} bytes");
        }
        assert_eq!(read_answer(QUESTION), Outcome::Malformed);
    }
}
