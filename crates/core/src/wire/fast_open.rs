//! The cookie of TCP fast open (RFC 7413 §4.1.1).

use serde::{Deserialize, Serialize};
use std::fmt;

/// A fast open cookie of 4 to 16 bytes; an empty one asks for a cookie. In texts it is written in hexadecimal, behind
/// `exp-` where it travels in the experimental option.
///
/// ```
/// use sockscope_core::wire::Cookie;
/// let cookie = Cookie::new(&[0xab, 0xcd, 1, 2]).unwrap();
/// assert_eq!(cookie.to_string(), "abcd0102");
/// assert_eq!(Cookie::new(&[0; 17]), None);
/// assert!(Cookie::REQUEST.is_request());
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Cookie {
    bytes: [u8; 16],
    len: u8,
    /// It travels in option kind 254, as it did before kind 34 was assigned (RFC 7413, appendix A).
    pub experimental: bool,
}

impl Cookie {
    /// Asks for a cookie.
    pub const REQUEST: Cookie = Cookie { bytes: [0; 16], len: 0, experimental: false };

    /// A cookie of these bytes; `None` where there are more than 16.
    pub fn new(bytes: &[u8]) -> Option<Cookie> {
        let mut cookie = Cookie::REQUEST;
        cookie.bytes.get_mut(..bytes.len())?.copy_from_slice(bytes);
        cookie.len = bytes.len() as u8;
        Some(cookie)
    }
    /// The same cookie in the option of its own (false), or in the experimental one (true).
    pub fn in_experiment(self, experimental: bool) -> Cookie {
        Cookie { experimental, ..self }
    }
    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
    /// True where it asks for a cookie.
    pub fn is_request(&self) -> bool {
        self.len == 0
    }
    /// True where its length is one that a cookie may have: 4 to 16 bytes, an even number (RFC 7413 §4.1.1).
    pub fn is_well_formed(&self) -> bool {
        (4..=16).contains(&self.len) && self.len.is_multiple_of(2)
    }
}

impl fmt::Display for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.experimental {
            f.write_str("exp-")?;
        }
        self.bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cookie({self})")
    }
}
impl std::str::FromStr for Cookie {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Cookie, &'static str> {
        let (experimental, digits) = text.strip_prefix("exp-").map_or((false, text), |rest| (true, rest));
        if !digits.len().is_multiple_of(2) || !digits.is_ascii() {
            return Err("a cookie is written as pairs of hexadecimal digits");
        }
        let pairs = (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16));
        let bytes = pairs.collect::<Result<Vec<u8>, _>>().map_err(|_| "a cookie is hexadecimal")?;
        let cookie = Cookie::new(&bytes).ok_or("a cookie has at most 16 bytes")?;
        Ok(Cookie { experimental, ..cookie })
    }
}
impl Serialize for Cookie {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Cookie {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Cookie, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
