//! Packetdrill scripts.

use sockscope_packetdrill::{Profile, Script, Settings, run};

/// Bytes as a script, run by the profile that their number chooses.
pub fn script(data: &[u8]) {
    let profile = [Profile::Rfc, Profile::Linux, Profile::FreeBsd][data.len() % 3];
    let text = String::from_utf8_lossy(data);
    match Script::parse("any.pkt", &text, &profile.defines()) {
        Ok(script) => drop(run(&script, &Settings { profile, ..Settings::default() })),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
