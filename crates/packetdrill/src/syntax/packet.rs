//! Packets: `> (tos 0x2) S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale 6> /udp(9811 > 1)`.

use super::lexer::Tok;
use super::parser::{Parsed, Parser};
use super::{BodySpec, EcnSpec, IcmpSpec, IpSpec, OptionSpec, PacketSpec, Quoted, SeqSpec, TcpSpec, UdpSpec};
use sockscope_core::wire::Flags;

const BYTE: u32 = 255;
const SHORT: u32 = 65_535;

/// What follows the direction.
pub(super) fn packet(parser: &mut Parser) -> Parsed<PacketSpec> {
    let mut outer = None;
    while let Some(name) = outer_header(parser)? {
        outer.get_or_insert(name);
    }
    let ip = ip(parser)?;
    if parser.eat_word("encap") {
        outer = Some("psp".to_owned());
        parser.eat_word("psp");
        parser.eat_word("spi");
        parser.next();
    }
    let body = body(parser)?;
    Ok(PacketSpec { outer, ip, body })
}

/// Takes a header around the packet, up to its colon.
fn outer_header(parser: &mut Parser) -> Parsed<Option<String>> {
    let name = match parser.peek() {
        Some(Tok::Word(word)) if ["ipv4", "ipv6", "gre", "GREv0", "mpls"].contains(&word.as_str()) => {
            word.clone()
        }
        _ => return Ok(None),
    };
    while !parser.eat(':') {
        if parser.next().is_none() {
            return parser.fault(&format!("\":\" after the header of {name}"));
        }
    }
    Ok(Some(name))
}

/// `(ttl 64, tos 0x2)` or `[ect0]`
fn ip(parser: &mut Parser) -> Parsed<IpSpec> {
    let mut ip = IpSpec::default();
    let close = match parser.peek() {
        Some(Tok::Punct('(')) => ')',
        Some(Tok::Punct('[')) => ']',
        _ => return Ok(ip),
    };
    parser.next();
    loop {
        ip_field(parser, &mut ip)?;
        if parser.eat(close) {
            return Ok(ip);
        }
        if !parser.eat(',') {
            return parser.fault(&format!("\",\" or \"{close}\""));
        }
    }
}

fn ip_field(parser: &mut Parser, ip: &mut IpSpec) -> Parsed<()> {
    let word = parser.word("ttl, hlim, tos, class, dscp, ecn, flowlabel, noecn, ect0, ect1, ect01 or ce")?;
    match word.as_str() {
        "ttl" | "hlim" => ip.ttl = Some(parser.number("a time to live", BYTE)? as u8),
        "flowlabel" => ip.flow_label = Some(parser.number("a flow label", 0xf_ffff)?),
        "tos" | "class" => {
            let tos = parser.number("a type of service", BYTE)? as u8;
            (ip.dscp, ip.ecn) = (Some(tos >> 2), Some(EcnSpec::Bits(tos & 3)));
        }
        "dscp" => ip.dscp = Some(dscp(parser)?),
        "ecn" => {
            let word = parser.word("noecn, ect0, ect1, ect01 or ce")?;
            ip.ecn = Some(ecn(parser, &word)?);
        }
        word => ip.ecn = Some(ecn(parser, word)?),
    }
    Ok(())
}

fn ecn(parser: &Parser, word: &str) -> Parsed<EcnSpec> {
    Ok(match word {
        "noecn" => EcnSpec::Bits(0),
        "ect1" => EcnSpec::Bits(1),
        "ect0" => EcnSpec::Bits(2),
        "ce" => EcnSpec::Bits(3),
        "ect01" => EcnSpec::Ect01,
        _ => return parser.fault(&format!("noecn, ect0, ect1, ect01 or ce instead of {word}, before this")),
    })
}

/// A code point by number or by name (RFC 2474, RFC 2597, RFC 3246, RFC 5865, RFC 8622).
fn dscp(parser: &mut Parser) -> Parsed<u8> {
    let Some(Tok::Word(word)) = parser.peek() else {
        return parser.number("a DSCP", 63).map(|value| value as u8);
    };
    let digits: Vec<u8> = word.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
    let value = match (word.trim_end_matches(|c: char| c.is_ascii_digit()), &digits[..]) {
        ("cs", [class]) => class << 3,
        ("af", [class, drop]) => (class << 3) + (drop << 1),
        ("ef", []) => 46,
        ("le", []) => 1,
        ("voice", []) => 44,
        _ => return parser.fault("a DSCP such as cs1, af11, ef or 0x2e"),
    };
    parser.next();
    Ok(value & 63)
}

fn body(parser: &mut Parser) -> Parsed<BodySpec> {
    if parser.eat_word("icmp") {
        return icmp(parser).map(BodySpec::Icmp);
    }
    if parser.eat_word("udp") {
        let ports = ports(parser)?;
        parser.expect('(')?;
        let len = parser.number("a payload length", SHORT)? as u16;
        parser.expect(')')?;
        return Ok(BodySpec::Udp(UdpSpec { ports, len }));
    }
    for name in ["sctp", "udplite"] {
        if parser.eat_word(name) {
            // Nothing of it is ours: up to the next event, which begins with a time.
            let stop = |tok: &Tok| matches!(tok, Tok::Punct('+' | '*') | Tok::Float(_));
            while parser.peek().is_some_and(|tok| !stop(tok)) {
                parser.next();
            }
            return Ok(BodySpec::Other(name.to_owned()));
        }
    }
    tcp(parser).map(BodySpec::Tcp)
}

/// `1234 > 80`
fn ports(parser: &mut Parser) -> Parsed<Option<(u16, u16)>> {
    let written = matches!(parser.peek(), Some(Tok::Int(..))) && parser.peek_at(1) == Some(&Tok::Punct('>'));
    if !written {
        return Ok(None);
    }
    let src = parser.port()?;
    parser.expect('>')?;
    Ok(Some((src, parser.port()?)))
}

fn tcp(parser: &mut Parser) -> Parsed<TcpSpec> {
    let ports = ports(parser)?;
    let (flags, ace) = flags(parser)?;
    let (seq, len) = sequence(parser)?;
    let mut value = |name: &str, max| match parser.eat_word(name) {
        true => parser.number(name, max).map(Some),
        false => Ok(None),
    };
    let ack = value("ack", u32::MAX)?.unwrap_or(0);
    let window = value("win", SHORT)?.map(|window| window as u16);
    let urgent = value("urg", SHORT)?.unwrap_or(0) as u16;
    let options = options(parser)?;
    let udp = udp(parser)?;
    Ok(TcpSpec { ports, flags, ace, seq, len, ack, window, urgent, options, udp })
}

/// `S.`, `SEW`, `P.5` (with the three ECN bits as a number), `-` for none.
fn flags(parser: &mut Parser) -> Parsed<(Flags, Option<u8>)> {
    let (mut flags, mut ace, mut any) = (Flags::default(), None, false);
    loop {
        let text = match parser.peek() {
            Some(Tok::Word(word)) => word.clone(),
            Some(Tok::Float(text)) if text.starts_with('.') => text.clone(),
            Some(Tok::Punct('.')) => ".".to_owned(),
            Some(Tok::Punct('-')) if !any => String::new(),
            _ if any => return Ok((flags, ace)),
            _ => return parser.fault("TCP flags such as S, S. or P. (\"-\" for none)"),
        };
        for letter in text.chars() {
            let flag = match letter {
                'F' => Flags::FIN,
                'S' => Flags::SYN,
                'R' => Flags::RST,
                'P' => Flags::PSH,
                '.' => Flags::ACK,
                'U' => Flags::URG,
                'E' => Flags::ECE,
                'W' | 'C' => Flags::CWR,
                'A' => {
                    ace = Some(ace.unwrap_or(0) | 4);
                    continue;
                }
                '0'..='7' => {
                    ace = Some(letter as u8 - b'0');
                    continue;
                }
                _ => return parser.fault("TCP flags: letters of F S R P . U E W"),
            };
            flags = flags.with(flag);
        }
        parser.next();
        any = true;
    }
}

/// `1:1461(1460)`, with `!` for absolute numbers, or `...(0)`.
fn sequence(parser: &mut Parser) -> Parsed<(SeqSpec, u16)> {
    if parser.eat_ellipsis() {
        return Ok((SeqSpec::Any, length(parser)?));
    }
    let start = parser.number("a sequence number", u32::MAX)?;
    parser.expect(':')?;
    let end = parser.number("the sequence number at the end", u32::MAX)?;
    let len = length(parser)?;
    if end != start.wrapping_add(u32::from(len)) {
        let right = start.wrapping_add(u32::from(len));
        return Err((
            parser.line(),
            format!("{start}:{end} does not hold {len} bytes: write {start}:{right}({len})"),
        ));
    }
    Ok((if parser.eat('!') { SeqSpec::Absolute(start) } else { SeqSpec::Relative(start) }, len))
}
fn length(parser: &mut Parser) -> Parsed<u16> {
    parser.expect('(')?;
    let len = parser.number("a payload length", SHORT)? as u16;
    parser.expect(')')?;
    Ok(len)
}

/// `/udp(9811 > 1)`
fn udp(parser: &mut Parser) -> Parsed<Option<(u16, u16)>> {
    if !parser.eat('/') {
        return Ok(None);
    }
    if !parser.eat_word("udp") {
        return parser.fault("udp(source > destination)");
    }
    parser.expect('(')?;
    let src = parser.port()?;
    parser.expect('>')?;
    let dst = parser.port()?;
    parser.expect(')')?;
    Ok(Some((src, dst)))
}

/// `<mss 1460,nop,wscale 6>`; `None` for `<...>`.
fn options(parser: &mut Parser) -> Parsed<Option<Vec<OptionSpec>>> {
    let mut options = Vec::new();
    if !parser.eat('<') {
        return Ok(Some(options));
    }
    if parser.eat_ellipsis() {
        parser.expect('>')?;
        return Ok(None);
    }
    loop {
        options.push(option(parser)?);
        if parser.eat('>') {
            return Ok(Some(options));
        }
        if !parser.eat(',') {
            return parser.fault("\",\" or \">\" after a TCP option");
        }
    }
}

fn option(parser: &mut Parser) -> Parsed<OptionSpec> {
    let name = parser.word("a TCP option")?;
    Ok(match name.as_str() {
        "nop" => OptionSpec::Nop,
        "eol" => OptionSpec::Eol,
        "mss" => OptionSpec::Mss(parser.number("a maximum segment size", SHORT)? as u16),
        "wscale" => OptionSpec::WindowScale(parser.number("a shift count", BYTE)? as u8),
        "sackOK" => OptionSpec::SackPermitted,
        "sack" => sack(parser)?,
        "TS" => timestamps(parser)?,
        "FO" => OptionSpec::FastOpen { cookie: cookie(parser)?, experimental: false },
        "FOEXP" | "exp-FO" => OptionSpec::FastOpen { cookie: cookie(parser)?, experimental: true },
        "md5" | "ECN" => other(parser, name),
        name if name.starts_with("gen-") || name.starts_with("exp-") || name.starts_with("AccECN") => {
            other(parser, name.to_owned())
        }
        _ => return parser.fault(&format!("a TCP option that is known, not {name}, before this")),
    })
}

/// An option whose value is taken as it is.
fn other(parser: &mut Parser, name: String) -> OptionSpec {
    while !(parser.is(',') || parser.is('>')) && parser.next().is_some() {}
    OptionSpec::Other(name)
}

fn sack(parser: &mut Parser) -> Parsed<OptionSpec> {
    let mut blocks = Vec::new();
    while let Some(Tok::Int(..)) = parser.peek() {
        let start = parser.number("the start of a SACK block", u32::MAX)?;
        parser.expect(':')?;
        blocks.push((start, parser.number("the end of a SACK block", u32::MAX)?));
    }
    if blocks.is_empty() { parser.fault("a SACK block such as 1:1461") } else { Ok(OptionSpec::Sack(blocks)) }
}

fn timestamps(parser: &mut Parser) -> Parsed<OptionSpec> {
    if !parser.eat_word("val") {
        return parser.fault("\"val\"");
    }
    let val = if parser.eat_ellipsis() { None } else { Some(parser.number("a timestamp", u32::MAX)?) };
    if !parser.eat_word("ecr") {
        return parser.fault("\"ecr\"");
    }
    let ecr = parser.number("a timestamp", u32::MAX)?;
    Ok(OptionSpec::Timestamps { val, ecr, absolute: parser.eat('!') })
}

/// Hexadecimal digits; none is the request for a cookie.
fn cookie(parser: &mut Parser) -> Parsed<Vec<u8>> {
    let digits = match parser.peek() {
        Some(Tok::Int(_, text) | Tok::Word(text)) => text.clone(),
        _ => return Ok(Vec::new()),
    };
    let pairs = digits.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> = pairs
        .map(|pair| std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2))
        .map(|pair| u8::from_str_radix(pair?, 16).ok())
        .collect();
    match bytes {
        Some(bytes) if bytes.len() <= 38 => {
            parser.next();
            Ok(bytes)
        }
        _ => parser.fault("a cookie of an even number of hexadecimal digits"),
    }
}

/// `icmp unreachable frag_needed mtu 1300 [1:1461(1460)]`
fn icmp(parser: &mut Parser) -> Parsed<IcmpSpec> {
    let kind = parser.word("a type of ICMP message")?;
    let mut spec = IcmpSpec { kind, code: None, mtu: None, about: Quoted::Default };
    if let Some(Tok::Word(word)) = parser.peek()
        && word != "mtu"
        && word != "id"
    {
        spec.code = Some(word.clone());
        parser.next();
    }
    if parser.eat_word("mtu") {
        spec.mtu = Some(parser.number("an MTU", u32::MAX)?);
    }
    if parser.eat_word("id") {
        parser.number("an identifier", SHORT)?;
    }
    if parser.eat('[') {
        spec.about = quoted(parser)?;
        parser.expect(']')?;
    }
    Ok(spec)
}

fn quoted(parser: &mut Parser) -> Parsed<Quoted> {
    if parser.eat_word("udp") || parser.eat_word("raw") {
        return Ok(Quoted::Udp { len: length(parser)? });
    }
    let (SeqSpec::Relative(seq) | SeqSpec::Absolute(seq), len) = sequence(parser)? else {
        return parser.fault("a sequence number instead of \"...\", before this");
    };
    Ok(Quoted::Tcp { seq, len, udp: udp(parser)? })
}
