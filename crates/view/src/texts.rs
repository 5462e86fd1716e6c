//! What the views say, in any language: a catalogue of patterns, as gettext has it.
//!
//! The English pattern stands where it is said, and is its own key: English needs no catalogue. Another language is data: to each
//! pattern the same in that language. In the folder `texts` of this crate lies a file of such pairs for each language, as JSON; who
//! shows figures hands one over with the run, as [`History::told_in`](crate::history::History::told_in) takes it.
//!
//! A place in braces takes a value. `{n:byte|bytes}` stands for the first word where the value is 1, else for the second.

use std::fmt::Display;

/// What the views say in a language; English where it is empty.
///
/// ```
/// use sockscope_view::texts::Texts;
/// let pair = |english: &str, german: &str| (english.to_owned(), german.to_owned());
/// let german = Texts::new(vec![
///     pair("Our FIN is acknowledged.", "Unser FIN ist bestätigt."),
///     pair("{host} sends {n} {n:byte|bytes}.", "{n} {n:Byte|Bytes} sendet {host}."),
/// ]);
/// let tell = |texts: &Texts, n: u32| texts.tell("{host} sends {n} {n:byte|bytes}.", &[&"client", &n]);
/// assert_eq!(tell(&Texts::ENGLISH, 1), "client sends 1 byte.");
/// assert_eq!(tell(&german, 2), "2 Bytes sendet client.");
/// assert_eq!(german.of("Our FIN is acknowledged."), "Unser FIN ist bestätigt.");
/// assert_eq!(german.of("Data flows both ways"), "Data flows both ways", "what is missing is said in English");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Texts(Vec<(String, String)>);

impl Texts {
    /// The patterns as they stand in the code.
    pub const ENGLISH: Texts = Texts(Vec::new());

    /// A language: to each English pattern its own.
    pub fn new(mut patterns: Vec<(String, String)>) -> Texts {
        sockscope_core::collections::sort(&mut patterns);
        Texts(patterns)
    }
    /// A pattern in this language.
    pub fn of<'a>(&'a self, english: &'a str) -> &'a str {
        let place = self.0.binary_search_by(|(pattern, _)| pattern.as_str().cmp(english));
        place.map_or(english, |place| &self.0[place].1)
    }
    /// A pattern in this language, with values in its places: they are in the order in which the English pattern names them
    /// first. Places that it does not know stay as they are.
    pub fn tell(&self, english: &str, values: &[&dyn Display]) -> String {
        let names = names(english);
        let mut told = String::new();
        for piece in pieces(self.of(english)) {
            let (name, forms) = match piece {
                Piece::Text(text) => {
                    told += text;
                    continue;
                }
                Piece::Place(place) => split(place),
            };
            let value = names.iter().position(|known| *known == name).and_then(|place| values.get(place));
            let value = value.map_or_else(|| ["{", name, "}"].concat(), ToString::to_string);
            told += match forms.split_once('|') {
                None => &value,
                Some((one, _)) if value == "1" => one,
                Some((_, more)) => more,
            };
        }
        told
    }
}

/// Marks a pattern that is looked up later: then a catalogue must have it.
pub(crate) const fn pattern(english: &'static str) -> &'static str {
    english
}

enum Piece<'a> {
    Text(&'a str),
    /// What stands between braces.
    Place(&'a str),
}

fn pieces(pattern: &str) -> impl Iterator<Item = Piece<'_>> {
    // A text without an end of braces is text to its end.
    let cut = |piece| match str::split_once(piece, '}') {
        Some((place, text)) => [Piece::Place(place), Piece::Text(text)],
        None => [Piece::Text(piece), Piece::Text("")],
    };
    pattern.split('{').flat_map(cut)
}

/// The name of a place, and its forms.
fn split(place: &str) -> (&str, &str) {
    place.split_once(':').unwrap_or((place, ""))
}

/// The places of a pattern, each once.
fn names(pattern: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for piece in pieces(pattern) {
        if let Piece::Place(place) = piece
            && !names.contains(&split(place).0)
        {
            names.push(split(place).0);
        }
    }
    names
}
