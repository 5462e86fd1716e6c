//! Our own scripts in the language of packetdrill. `name.pkt` holds for the profiles rfc and linux, `name.rfc.pkt` for rfc
//! only, `name.linux.pkt` for linux, and `name.freebsd.pkt` for freebsd.

use sockscope_packetdrill::{Outcome, Profile, Script, Settings, run};
use std::fs;
use std::path::{Path, PathBuf};

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The profile that the name of a script confines it to.
fn only(path: &Path) -> Option<&str> {
    Path::new(path.file_stem()?).extension()?.to_str()
}

/// Why a script does not pass.
fn trouble(path: &Path, profile: Profile) -> Option<String> {
    let text = fs::read_to_string(path).expect("it can be read");
    let name = path.display().to_string();
    let script = match Script::parse(&name, &text, &profile.defines()) {
        Ok(script) => script,
        Err(error) => return Some(format!("{}: {error:?}", profile.name())),
    };
    match run(&script, &Settings { profile, ..Settings::default() }).outcome {
        Outcome::Passed => None,
        outcome => Some(format!("{}: {name}: {outcome:?}", profile.name())),
    }
}

#[test]
fn every_script_passes_in_its_profiles() {
    let mut scripts = Vec::new();
    collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts")), &mut scripts);
    scripts.sort();
    assert!(scripts.len() >= 150, "only {} scripts", scripts.len());
    let mut failing = Vec::new();
    for path in &scripts {
        let meant = Profile::ALL.into_iter().filter(|profile| match only(path) {
            Some(name) => name == profile.name(),
            None => *profile != Profile::FreeBsd,
        });
        failing.extend(meant.filter_map(|profile| trouble(path, profile)));
    }
    assert!(failing.is_empty(), "{} scripts are not as told:\n{}", failing.len(), failing.join("\n"));
}
