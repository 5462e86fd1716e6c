//! The flags of `send()` and `recv()`.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

macro_rules! flags {
    ($(#[$doc:meta])* $set:ident: $($name:ident = $bit:literal, $json:literal, $text:literal;)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
        pub struct $set(u8);

        impl $set {
            /// No flag at all.
            pub const NONE: $set = $set(0);
            $(#[doc = concat!("`MSG_", stringify!($name), "`: ", $text)] pub const $name: $set = $set(1 << $bit);)*
            /// Each flag with its name in JSON.
            pub const NAMES: &'static [($set, &'static str)] = &[$(($set::$name, $json)),*];

            /// Whether all of `flags` are set.
            pub const fn has(self, flags: $set) -> bool {
                self.0 & flags.0 == flags.0
            }
            /// These flags and `flags`.
            #[must_use]
            pub const fn with(self, flags: $set) -> $set {
                $set(self.0 | flags.0)
            }
            /// Whether none is set.
            pub const fn is_empty(&self) -> bool {
                self.0 == 0
            }
            /// The names of those that are set.
            pub fn names(self) -> impl Iterator<Item = &'static str> {
                $set::NAMES.iter().filter(move |(flag, _)| self.has(*flag)).map(|(_, name)| *name)
            }
        }

        impl fmt::Debug for $set {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.names()).finish()
            }
        }

        impl Serialize for $set {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.names())
            }
        }

        impl<'de> Deserialize<'de> for $set {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$set, D::Error> {
                Vec::<String>::deserialize(deserializer)?.iter().try_fold($set::NONE, |set, name| {
                    let found = $set::NAMES.iter().find(|(_, known)| known == name);
                    found.map(|(flag, _)| set.with(*flag)).ok_or_else(|| {
                        D::Error::custom(format!("unknown flag `{name}`, expected one of {}", [$($json),*].join(", ")))
                    })
                })
            }
        }
    };
}

flags! {
    /// Flags of `send()` and `sendto()`; in JSON a list of names.
    ///
    /// ```
    /// use sockscope_core::program::SendFlags;
    /// let flags: SendFlags = serde_json::from_str(r#"["more", "dont_wait"]"#).unwrap();
    /// assert_eq!(flags, SendFlags::MORE.with(SendFlags::DONTWAIT));
    /// ```
    SendFlags:
    OOB = 0, "oob", "The last byte is urgent (RFC 9293 §3.8.5).";
    DONTWAIT = 1, "dont_wait", "Take what there is room for now; EAGAIN where there is none.";
    MORE = 2, "more", "More follows: a part of a segment waits for it (as `TCP_CORK`, for this call).";
    EOR = 3, "eor", "The last byte ends a record: nothing that is sent later goes into the same segment.";
    FASTOPEN = 4, "fast_open", "Connect, with the data on the SYN (RFC 7413); without a cookie for the server it asks for one, and waits or fails with EINPROGRESS.";
    NOSIGNAL = 5, "no_signal", "No SIGPIPE. Programs here are never sent signals: it changes nothing.";
}

flags! {
    /// Flags of `recv()` and `recvfrom()`; in JSON a list of names.
    RecvFlags:
    PEEK = 0, "peek", "Leave what is received where it is: the next receive gives it again.";
    DONTWAIT = 1, "dont_wait", "Take what is there now; EAGAIN where nothing is.";
    WAITALL = 2, "wait_all", "Wait until all that was asked for is there, or the stream ends.";
    OOB = 3, "oob", "The urgent byte instead of the stream; EINVAL where there is none. It never waits.";
    TRUNC = 4, "trunc", "On a stream: throw the bytes away instead of handing them over (Linux).";
}
