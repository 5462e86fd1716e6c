//! Every parameter of a scenario by its place, such as `links[0].rate` or `hosts[1].profile`; and those that the sliders of
//! a figure turn on every link alike.

use crate::parameters;
use serde::Serialize;
use sockscope_core::program::CongestionControl;
use sockscope_core::tcp::{EcnPolicy, SynCookies};
use sockscope_sim::Scenario;
use sockscope_sim::impairment::Knobs;
use sockscope_sim::scenario::{Host, Link, Profile};
use sockscope_sim::units::{Length, Probability, QueueSize, Rate};
use std::fmt::Display;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::str::FromStr;
use tsify::Tsify;

/// A parameter of a link or of a host.
#[derive(Debug, PartialEq, Serialize, Tsify)]
pub struct Setting {
    /// Its place in the scenario, by which [`Figure::set_parameter`](crate::Figure::set_parameter) knows it.
    pub place: String,
    /// Whose it is.
    pub of: String,
    /// What it is, in the word of scenario files.
    pub name: &'static str,
    /// Its value as scenario files write it; empty where it is left out.
    pub value: String,
    /// What it is where it is left out; empty where that is nothing.
    pub default: String,
    /// The values that there are, where these are few.
    pub choices: Vec<&'static str>,
}

const PROFILES: [(&str, Profile); 3] =
    [("rfc", Profile::Rfc), ("linux", Profile::Linux), ("freebsd", Profile::Freebsd)];
const CONTROLS: [(&str, CongestionControl); 2] =
    [("reno", CongestionControl::Reno), ("cubic", CongestionControl::Cubic)];

const SWITCH: [(&str, bool); 2] = [("on", true), ("off", false)];
const ECN: [(&str, EcnPolicy); 3] =
    [("off", EcnPolicy::Off), ("passive", EcnPolicy::Passive), ("active", EcnPolicy::Active)];

const COOKIES: [(&str, SynCookies); 3] =
    [("never", SynCookies::Never), ("when-full", SynCookies::WhenFull), ("always", SynCookies::Always)];

/// Every parameter of the links and the hosts.
pub(crate) fn all(scenario: &Scenario) -> Vec<Setting> {
    let links = scenario.links.iter().enumerate().flat_map(|(n, link)| of_link(n, link));
    let hosts = scenario.hosts.iter().enumerate().flat_map(|(n, host)| of_host(n, host));
    links.chain(hosts).collect()
}

fn text<T: Display>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// What a link has both ways; a direction that has something of its own loses it when that is set.
fn of_link(n: usize, link: &Link) -> Vec<Setting> {
    let knobs = &link.both;
    let default = Knobs::default().over(&Knobs::default());
    let values = [
        ("delay", text(knobs.delay), Length(default.delay).to_string()),
        ("jitter", text(knobs.jitter), "0ms".into()),
        ("loss", text(knobs.loss), "0%".into()),
        ("reorder", text(knobs.reorder), "0%".into()),
        ("duplicate", text(knobs.duplicate), "0%".into()),
        ("corrupt", text(knobs.corrupt), "0%".into()),
        ("rate", text(knobs.rate), String::new()),
        ("queue", text(knobs.queue), QueueSize(default.queue).to_string()),
        ("mtu", text(knobs.mtu), default.mtu.to_string()),
    ];
    let of = link.between.join(" – ");
    let setting = |(name, value, default)| {
        let place = format!("links[{n}].{name}");
        Setting { place, of: of.clone(), name, value, default, choices: Vec::new() }
    };
    values.into_iter().map(setting).collect()
}

fn of_host(n: usize, host: &Host) -> Vec<Setting> {
    let addresses: Vec<String> = host.addresses.iter().map(ToString::to_string).collect();
    let values = [
        ("profile", name_of(&PROFILES, Some(host.profile)), names(&PROFILES)),
        ("congestion", name_of(&CONTROLS, host.congestion), names(&CONTROLS)),
        ("send_buffer", text(host.send_buffer), Vec::new()),
        ("receive_buffer", text(host.receive_buffer), Vec::new()),
        ("sack", name_of(&SWITCH, host.sack), names(&SWITCH)),
        ("timestamps", name_of(&SWITCH, host.timestamps), names(&SWITCH)),
        ("window_scaling", name_of(&SWITCH, host.window_scaling), names(&SWITCH)),
        ("ecn", name_of(&ECN, host.ecn), names(&ECN)),
        ("syn_cookies", name_of(&COOKIES, host.syn_cookies), names(&COOKIES)),
        ("privileged", name_of(&SWITCH, Some(host.privileged)), names(&SWITCH)),
        ("addresses", addresses.join(", "), Vec::new()),
    ];
    let setting = |(name, value, choices)| {
        let place = format!("hosts[{n}].{name}");
        Setting { place, of: host.name.clone(), name, value, default: String::new(), choices }
    };
    values.into_iter().map(setting).collect()
}

/// The name of a value of which there are few; empty where it is left out.
fn name_of<T: Copy + PartialEq>(known: &[(&str, T)], value: Option<T>) -> String {
    known.iter().find(|(_, it)| Some(*it) == value).map_or(String::new(), |(name, _)| (*name).to_owned())
}

fn names<T>(known: &[(&'static str, T)]) -> Vec<&'static str> {
    known.iter().map(|(name, _)| *name).collect()
}

/// Sets the parameter at a place, or one of those that [`parameters::set`] knows. An empty value leaves it out.
///
/// # Errors
/// The place or the value is none, with the remedy.
pub(crate) fn set(scenario: &mut Scenario, place: &str, value: &str) -> Result<(), String> {
    let Some((list, rest)) = place.split_once('[') else { return parameters::set(scenario, place, value) };
    let unknown = || format!("there is no parameter {place}");
    let (n, name) = rest.split_once("].").ok_or_else(unknown)?;
    let n: usize = n.parse().map_err(|_| unknown())?;
    let value = Some(value.trim()).filter(|value| !value.is_empty());
    match list {
        "links" => {
            let link = scenario.links.get_mut(n).ok_or_else(unknown)?;
            for (own, knobs) in [(true, &mut link.both), (false, &mut link.there), (false, &mut link.back)] {
                set_knob(knobs, name, value.filter(|_| own)).map_err(|why| format!("{place}: {why}"))?;
            }
            Ok(())
        }
        "hosts" => set_host(scenario.hosts.get_mut(n).ok_or_else(unknown)?, name, value)
            .map_err(|why| format!("{place}: {why}")),
        _ => Err(unknown()),
    }
}

fn read<T: FromStr<Err: Display>>(value: Option<&str>) -> Result<Option<T>, String> {
    value.map(|text| text.parse().map_err(|error: T::Err| error.to_string())).transpose()
}

fn number<T: FromStr>(value: Option<&str>, what: &str) -> Result<Option<T>, String> {
    let wrong = |text: &str| format!("\"{text}\" is not {what}");
    value.map(|text| text.parse().map_err(|_| wrong(text))).transpose()
}

fn set_knob(knobs: &mut Knobs, name: &str, value: Option<&str>) -> Result<(), String> {
    match name {
        "delay" => knobs.delay = read::<Length>(value)?,
        "jitter" => knobs.jitter = read::<Length>(value)?,
        "loss" => knobs.loss = read::<Probability>(value)?,
        "reorder" => knobs.reorder = read::<Probability>(value)?,
        "duplicate" => knobs.duplicate = read::<Probability>(value)?,
        "corrupt" => knobs.corrupt = read::<Probability>(value)?,
        "rate" => knobs.rate = read::<Rate>(value)?,
        "queue" => knobs.queue = read::<QueueSize>(value)?,
        "mtu" => knobs.mtu = number(value, "an MTU: write 68 to 65535")?,
        _ => return Err("a link has no such parameter".to_owned()),
    }
    Ok(())
}

fn set_host(host: &mut Host, name: &str, value: Option<&str>) -> Result<(), String> {
    match name {
        "profile" => host.profile = among(&PROFILES, value)?.unwrap_or_default(),
        "congestion" => host.congestion = among(&CONTROLS, value)?,
        "send_buffer" => host.send_buffer = number::<NonZeroU32>(value, "a number of bytes above 0")?,
        "receive_buffer" => host.receive_buffer = number::<NonZeroU32>(value, "a number of bytes above 0")?,
        "sack" => host.sack = among(&SWITCH, value)?,
        "timestamps" => host.timestamps = among(&SWITCH, value)?,
        "window_scaling" => host.window_scaling = among(&SWITCH, value)?,
        "ecn" => host.ecn = among(&ECN, value)?,
        "syn_cookies" => host.syn_cookies = among(&COOKIES, value)?,
        "privileged" => host.privileged = among(&SWITCH, value)?.unwrap_or_default(),
        "addresses" => host.addresses = addresses(value.unwrap_or_default())?,
        _ => return Err("a host has no such parameter".to_owned()),
    }
    Ok(())
}

fn addresses(list: &str) -> Result<Vec<IpAddr>, String> {
    let words = list.split([',', ' ']).filter(|word| !word.is_empty());
    let read = |word: &str| {
        word.parse().map_err(|_| format!("\"{word}\" is no IP address: write 10.0.0.7 or fd00::7"))
    };
    words.map(read).collect()
}

fn among<T: Copy>(known: &[(&str, T)], value: Option<&str>) -> Result<Option<T>, String> {
    let find = |text: &str| {
        let found = known.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        let all = || known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        found.ok_or_else(|| format!("\"{text}\" is none of {}", all()))
    };
    value.map(find).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sockscope_sim::presets;

    fn place_of_host(place: &str) -> usize {
        place.split(['[', ']']).nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)
    }

    #[test]
    fn every_parameter_that_is_told_can_be_set_and_left_out() {
        let mut scenario: Scenario = presets::text("shared-bottleneck").unwrap().parse().unwrap();
        for setting in all(&scenario) {
            let value = match setting.name {
                "delay" | "jitter" => "7ms",
                "rate" => "3mbit",
                "queue" => "9 packets",
                "mtu" | "send_buffer" | "receive_buffer" => "576",
                "profile" => "linux",
                "congestion" => "cubic",
                "sack" | "timestamps" | "window_scaling" | "privileged" => "on",
                "ecn" => "active",
                "syn_cookies" => "always",
                "addresses" => {
                    ["10.0.0.7", "10.0.0.8", "10.0.0.9", "10.0.0.10"][place_of_host(&setting.place)]
                }
                _ => "3%",
            };
            let value_now = |scenario: &Scenario| {
                all(scenario).into_iter().find(|it| it.place == setting.place).map(|it| it.value)
            };
            set(&mut scenario, &setting.place, value).unwrap();
            assert_eq!(value_now(&scenario).as_deref(), Some(value), "{}", setting.place);
            crate::run::simulate(&scenario).unwrap();
            set(&mut scenario, &setting.place, "").unwrap();
            let left_out = match setting.name {
                "profile" => "rfc",
                "privileged" => "off",
                _ => "",
            };
            assert_eq!(value_now(&scenario).as_deref(), Some(left_out), "{}", setting.place);
        }
    }

    #[test]
    fn a_link_of_its_own_moves_no_other() {
        let mut scenario: Scenario = presets::text("shared-bottleneck").unwrap().parse().unwrap();
        let before = scenario.links[0].clone();
        set(&mut scenario, "links[1].delay", "77ms").unwrap();
        assert_eq!(scenario.links[0], before);
        assert_eq!(text(scenario.links[1].both.delay), "77ms");
        for (place, value, said) in [
            ("links[9].delay", "1ms", "there is no parameter links[9].delay"),
            ("links[0].loss", "often", "links[0].loss: \"often\" is not a probability"),
            ("links[0].mtu", "small", "links[0].mtu: \"small\" is not an MTU"),
            ("hosts[0].profile", "windows", "hosts[0].profile: \"windows\" is none of rfc, linux, freebsd"),
            ("hosts[0].send_buffer", "0", "hosts[0].send_buffer"),
            ("hosts[0].addresses", "10.0.0.7, here", "hosts[0].addresses: \"here\" is no IP address"),
        ] {
            let error = set(&mut scenario, place, value).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
