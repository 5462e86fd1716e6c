//! Code between `%{` and `}%`: assertions on `struct tcp_info`, as far as they are expressions of numbers.

use super::{Run, Stop};
use sockscope_core::tcp::{Agreed, Phase, State, TcpInfo};
use sockscope_core::time::Span;

/// Numbers of `TCPI_…` names: those of Linux for the states, FreeBSD's names among them.
const STATES: &[(&str, &str, State)] = &[
    ("TCP_ESTABLISHED", "TCPI_ESTABLISHED", State::Established),
    ("TCP_SYN_SENT", "TCPI_SYN_SENT", State::SynSent),
    ("TCP_SYN_RECV", "TCPI_SYN_RECEIVED", State::SynReceived),
    ("TCP_FIN_WAIT1", "TCPI_FIN_WAIT_1", State::FinWait1),
    ("TCP_FIN_WAIT2", "TCPI_FIN_WAIT_2", State::FinWait2),
    ("TCP_TIME_WAIT", "TCPI_TIME_WAIT", State::TimeWait),
    ("TCP_CLOSE", "TCPI_CLOSED", State::Closed),
    ("TCP_CLOSE_WAIT", "TCPI_CLOSE_WAIT", State::CloseWait),
    ("TCP_LAST_ACK", "TCPI_LAST_ACK", State::LastAck),
    ("TCP_LISTEN", "TCPI_LISTEN", State::Listen),
    ("TCP_CLOSING", "TCPI_CLOSING", State::Closing),
];

const OPTIONS: &[(&str, i64)] = &[
    ("TCPI_OPT_TIMESTAMPS", 1),
    ("TCPI_OPT_SACK", 2),
    ("TCPI_OPT_WSCALE", 4),
    ("TCPI_OPT_ECN", 8),
    ("TCPI_OPT_ECN_SEEN", 16),
    ("TCPI_OPT_SYN_DATA", 32),
    ("TCP_CA_Open", 0),
    ("TCP_CA_Disorder", 1),
    ("TCP_CA_CWR", 2),
    ("TCP_CA_Recovery", 3),
    ("TCP_CA_Loss", 4),
    ("True", 1),
    ("False", 0),
];

impl Run {
    /// Runs the statements of a snippet.
    pub(super) fn code(&mut self, text: &str) -> Result<(), Stop> {
        let text = text.replace("\\\n", " ");
        let mut statements = Vec::new();
        split(&text, &mut statements);
        for statement in statements {
            self.statement(statement)?;
        }
        Ok(())
    }
    fn statement(&mut self, text: &str) -> Result<(), Stop> {
        if text.starts_with("print") || text.starts_with("import") {
            return Ok(());
        }
        let Some(claim) = text.strip_prefix("assert") else {
            let Some((name, value)) = text.split_once('=') else { return Err(unreadable(text)) };
            let (name, added) = match name.trim_end().strip_suffix('+') {
                Some(name) => (name.trim(), self.name(name.trim())?),
                None => (name.trim(), 0),
            };
            let value = self.evaluate(value)?.wrapping_add(added);
            self.variables.insert(name.to_owned(), value);
            return Ok(());
        };
        let mut parts = Vec::new();
        commas(claim, &mut parts);
        let claim = parts.first().copied().unwrap_or_default();
        if self.evaluate(claim)? != 0 {
            return Ok(());
        }
        let names = self.values_in(claim);
        Err(Stop::instead(format!("assertion: {} does not hold: {names}", claim.trim()), names))
    }
    /// The names of a claim with their values.
    fn values_in(&self, claim: &str) -> String {
        let names = claim.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let names = names.filter(|name| name.starts_with("tcpi_"));
        let said = |name| match self.name(name) {
            Ok(value) => format!("{name} is {value}"),
            Err(_) => format!("{name} is not known"),
        };
        names.map(said).collect::<Vec<_>>().join(", ")
    }
    fn evaluate(&self, text: &str) -> Result<i64, Stop> {
        let mut parser = Parser { rest: text.trim(), run: self, depth: 0 };
        let value = parser.or()?;
        if parser.rest.is_empty() { Ok(value) } else { Err(unreadable(parser.rest)) }
    }
    /// The value of a name.
    fn name(&self, name: &str) -> Result<i64, Stop> {
        if let Some(value) = self.variables.get(name) {
            return Ok(*value);
        }
        let state = STATES.iter().position(|(linux, freebsd, _)| *linux == name || *freebsd == name);
        let option = OPTIONS.iter().find(|(option, _)| *option == name).map(|(_, value)| *value);
        if let Some(value) = state.map(|place| place as i64 + 1).or(option) {
            return Ok(value);
        }
        let Some(field) = name.strip_prefix("tcpi_") else {
            return Err(Stop::unsupported(format!("the name {name} in code")));
        };
        let fd = self.under_test.and_then(|at| self.endpoints[at].fd);
        let info = fd.and_then(|fd| self.kernel.host.tcp_info(fd).ok());
        let Some(info) = info else {
            return Err(Stop::fault(format!("{name}: the socket has no descriptor to ask for TCP_INFO")));
        };
        of(&info, field).ok_or_else(|| Stop::unsupported(format!("{name} of TCP_INFO")))
    }
}

/// A field of `struct tcp_info`.
fn of(info: &TcpInfo, field: &str) -> Option<i64> {
    let micros = |span: Span| (span.as_nanos() / 1000) as i64;
    Some(match field {
        "state" => STATES.iter().position(|(_, _, state)| *state == info.state)? as i64 + 1,
        "retransmits" => info.retransmits.into(),
        "probes" => info.probes.into(),
        "backoff" => info.backoff.into(),
        "rto" => micros(info.rto),
        "ato" => micros(info.ato),
        "snd_mss" => info.snd_mss.into(),
        "advmss" => info.advmss.into(),
        "unacked" => info.unacked.into(),
        "lost" => info.lost.into(),
        "rtt" => micros(info.rtt),
        "rttvar" => micros(info.rttvar),
        "snd_ssthresh" => info.snd_ssthresh.into(),
        "snd_cwnd" => info.snd_cwnd.into(),
        "rcv_space" => info.rcv_space.into(),
        "snd_wnd" => info.snd_wnd.into(),
        "notsent_bytes" => info.notsent_bytes.into(),
        "sacked" => info.sacked.into(),
        "retrans" => info.retrans.into(),
        "reordering" => info.reordering.into(),
        "reord_seen" => info.reord_seen.into(),
        "min_rtt" => micros(info.min_rtt),
        "total_retrans" => info.total_retrans.into(),
        "bytes_retrans" => info.bytes_retrans as i64,
        "bytes_acked" => info.bytes_acked as i64,
        "dsack_dups" => info.dsack_dups.into(),
        "ca_state" => match info.ca_state {
            Phase::Open => 0,
            Phase::Disorder => 1,
            Phase::Reduced => 2,
            Phase::Recovery => 3,
            Phase::Loss => 4,
        },
        "options" => {
            let Agreed { timestamps, sack, window_scale, ecn, data_on_syn } = info.options;
            let bits = [timestamps, sack, window_scale, ecn, false, data_on_syn];
            bits.iter().rev().fold(0, |bits, bit| bits << 1 | i64::from(*bit))
        }
        _ => return None,
    })
}

/// Statements stand on lines of their own or behind semicolons; a line that ends in a backslash goes on.
fn split<'a>(text: &'a str, statements: &mut Vec<&'a str>) {
    let lines = text.split('\n').map(|line| line.split('#').next().unwrap_or_default());
    let lines = lines.flat_map(|line| line.split(';')).map(str::trim);
    statements.extend(lines.filter(|line| !line.is_empty()));
}

/// Splits at commas outside of brackets and texts.
fn commas<'a>(text: &'a str, parts: &mut Vec<&'a str>) {
    let (mut depth, mut quote, mut start) = (0, None, 0);
    for (at, c) in text.char_indices() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            (_, Some(_)) => {}
            ('\'' | '"', None) => quote = Some(c),
            ('(' | '[', None) => depth += 1,
            (')' | ']', None) => depth -= 1,
            (',', None) if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
}

fn unreadable(text: &str) -> Stop {
    Stop::unsupported(format!("code: {text}"))
}

/// Expressions of numbers, in the precedence of Python.
struct Parser<'a> {
    rest: &'a str,
    run: &'a Run,
    depth: u32,
}

impl Parser<'_> {
    fn eat(&mut self, text: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(text) else { return false };
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if text.ends_with(is_word) && rest.starts_with(is_word) {
            return false;
        }
        self.rest = rest.trim_start();
        true
    }
    fn or(&mut self) -> Result<i64, Stop> {
        let mut left = self.and()?;
        while self.eat("or") {
            let right = self.and()?;
            left = if left != 0 { left } else { right };
        }
        Ok(left)
    }
    fn and(&mut self) -> Result<i64, Stop> {
        let mut left = self.not()?;
        while self.eat("and") {
            let right = self.not()?;
            left = if left == 0 { left } else { right };
        }
        Ok(left)
    }
    fn not(&mut self) -> Result<i64, Stop> {
        if self.eat("not") { self.not().map(|value| i64::from(value == 0)) } else { self.comparison() }
    }
    /// `a <= b < c`, as Python chains them.
    fn comparison(&mut self) -> Result<i64, Stop> {
        let mut left = self.bits()?;
        let (mut holds, mut any) = (true, false);
        loop {
            let compare: fn(&i64, &i64) -> bool = if self.eat("==") {
                i64::eq
            } else if self.eat("!=") {
                i64::ne
            } else if self.eat("<=") {
                i64::le
            } else if self.eat(">=") {
                i64::ge
            } else if self.eat("<") {
                i64::lt
            } else if self.eat(">") {
                i64::gt
            } else {
                return Ok(if any { i64::from(holds) } else { left });
            };
            let right = self.bits()?;
            (holds, any, left) = (holds && compare(&left, &right), true, right);
        }
    }
    fn bits(&mut self) -> Result<i64, Stop> {
        let mut left = self.sum()?;
        loop {
            if self.eat("|") {
                left |= self.sum()?;
            } else if self.eat("&") {
                left &= self.sum()?;
            } else {
                return Ok(left);
            }
        }
    }
    fn sum(&mut self) -> Result<i64, Stop> {
        let mut left = self.product()?;
        loop {
            left = if self.eat("+") {
                left.wrapping_add(self.product()?)
            } else if self.eat("-") {
                left.wrapping_sub(self.product()?)
            } else {
                return Ok(left);
            };
        }
    }
    fn product(&mut self) -> Result<i64, Stop> {
        let mut left = self.value()?;
        loop {
            left = if self.eat("*") {
                left.wrapping_mul(self.value()?)
            } else if self.eat("//") || self.eat("/") {
                left.checked_div(self.value()?).ok_or_else(|| unreadable("a division by zero"))?
            } else {
                return Ok(left);
            };
        }
    }
    fn value(&mut self) -> Result<i64, Stop> {
        self.depth += 1;
        if self.depth > 200 {
            return Err(unreadable("too long an expression"));
        }
        if self.eat("(") {
            let value = self.or()?;
            return if self.eat(")") { Ok(value) } else { Err(unreadable(self.rest)) };
        }
        if self.eat("-") {
            return self.value().map(i64::wrapping_neg);
        }
        let len =
            self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(len);
        self.rest = rest.trim_start();
        if !word.starts_with(|c: char| c.is_ascii_digit()) {
            return if word.is_empty() { Err(unreadable(self.rest)) } else { self.run.name(word) };
        }
        let number = match word.strip_prefix("0x") {
            Some(hex) => i64::from_str_radix(hex, 16),
            None => word.replace('_', "").parse(),
        };
        number.map_err(|_| unreadable(word))
    }
}
