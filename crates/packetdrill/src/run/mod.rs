//! A script, run in virtual time.

mod calls;
mod commands;
mod compare;
mod endpoint;
mod icmp;
mod kernel;
mod observed;
mod options;
mod packets;
mod segment;
mod settings;
mod snippet;
mod sysctl;
#[cfg(test)]
mod tests;
mod values;
mod verdict;

pub use settings::{Profile, Settings};
pub(crate) use verdict::Stop;
pub use verdict::{Mismatch, Outcome, Report};

use crate::syntax::{Action, Event, Script, When};
use endpoint::Endpoint;
use kernel::{KERNEL, Kernel};
use settings::{Options, Version};
use sockscope_core::host::{Host, HostConfig};
use sockscope_core::program::Fd;
use sockscope_core::time::{Span, Time};
use std::collections::BTreeMap;

/// Runs a script against a host with the policies of `settings`: no clock, no network, the same every time.
///
/// ```
/// use sockscope_packetdrill::{Outcome, Script, Settings, run};
/// let text = "
///     0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
///    +0 bind(3, ..., ...) = 0
///    +0 listen(3, 1) = 0
///    +0 < S  0:0(0)       win 1000 <mss 1000>
///    +0 > S. 0:0(0) ack 1 <...>
///    +0 < .  1:1(0) ack 1 win 1000
///    +0 accept(3, ..., ...) = 4
/// ";
/// let script = Script::parse("accept.pkt", text, &Default::default()).unwrap();
/// assert_eq!(run(&script, &Settings::default()).outcome, Outcome::Passed);
/// ```
pub fn run(script: &Script, settings: &Settings) -> Report {
    let options = match Options::of(script, settings) {
        Ok(options) => options,
        Err((line, stop)) => return verdict::unrun(script, line, stop),
    };
    let mut run = Run::new(script, options, settings);
    let outcome = run.script(script);
    verdict::report(script, settings, run, outcome)
}

/// A run under way.
struct Run {
    options: Options,
    kernel: Kernel,
    /// Sockets of the script, in the order of their birth.
    endpoints: Vec<Endpoint>,
    /// The one that packets are for: the youngest.
    under_test: Option<usize>,
    /// What the script calls descriptors.
    fds: BTreeMap<i64, Fd>,
    /// The next port of the remote end.
    next_port: u16,
    /// The call that blocks while the script goes on.
    pending: Option<calls::Pending>,
    /// Variables of the code in the script.
    variables: BTreeMap<String, i64>,
    /// The place of the event in the script.
    step: u16,
    /// When the event before was to happen.
    last: Option<Time>,
    warnings: Vec<Mismatch>,
}

/// When an event is to happen, the times of the script resolved.
#[derive(Clone, Copy, Debug)]
struct Due {
    from: Time,
    to: Time,
    any: bool,
    /// What relative times count from.
    base: Time,
}

impl Run {
    fn new(script: &Script, options: Options, settings: &Settings) -> Run {
        let mut config = HostConfig::new(KERNEL, vec![options.local]);
        config.tcp = settings.profile.tcp();
        // The policies hold the value for IPv4; the host takes the longer header of IPv6 off itself.
        config.tcp.mss = options.mtu.saturating_sub(40);
        let kernel = Kernel::new(Host::new(config, settings.seed), script.name());
        Run {
            options,
            kernel,
            endpoints: Vec::new(),
            under_test: None,
            fds: BTreeMap::new(),
            next_port: 40_000,
            pending: None,
            variables: BTreeMap::new(),
            step: 0,
            last: None,
            warnings: Vec::new(),
        }
    }

    /// Everything in its order; at the first thing that is not as expected it ends.
    fn script(&mut self, script: &Script) -> Result<(), Mismatch> {
        if let Some(init) = &script.init {
            self.command(&init.text).map_err(|stop| stop.at(init.line, &init.text, self.kernel.now))?;
        }
        for event in &script.events {
            self.event(event)
                .or_else(|stop| self.judge(stop.at(event.line, &event.text, self.kernel.now), event))?;
            self.step = self.step.saturating_add(1);
        }
        self.finish_pending(Time::from_nanos(1 << 52))
            .map_err(|(stop, line, text)| stop.at(line, &text, self.kernel.now))?;
        if let Some(cleanup) = &script.cleanup {
            self.command(&cleanup.text)
                .map_err(|stop| stop.at(cleanup.line, &cleanup.text, self.kernel.now))?;
        }
        Ok(())
    }
    /// Lets go on where the script says that this may fail (`--non_fatal`).
    fn judge(&mut self, mismatch: Mismatch, event: &Event) -> Result<(), Mismatch> {
        let may_fail = match event.action {
            Action::Expect(_) => self.options.may_fail.packets && !mismatch.unsupported,
            Action::Call(_) => self.options.may_fail.calls,
            _ => false,
        };
        if !may_fail {
            return Err(mismatch);
        }
        self.warnings.push(mismatch);
        Ok(())
    }
    fn event(&mut self, event: &Event) -> Result<(), Stop> {
        let due = self.due(event.when)?;
        let done = match &event.action {
            Action::Expect(packet) => self.expect(packet, due),
            action => self.wait_for(due, event).and_then(|()| match action {
                Action::Inject(packet) => self.inject(packet),
                Action::Call(call) => self.system_call(call, event, due),
                Action::Command(text) => self.command(text),
                Action::Code(text) => self.code(text),
                Action::Expect(_) => Ok(()),
            }),
        };
        self.last = Some(due.from);
        done?;
        self.check_pending().map_err(|(stop, line, _)| stop.because_of(line))
    }
    /// Resolves a time of the script. What is relative counts from now, when the event before is done.
    fn due(&self, when: When) -> Result<Due, Stop> {
        let base = self.kernel.now;
        let (from, to, any) = match when {
            When::At(at) => (Time::ZERO + at, Time::ZERO + at, false),
            When::Between(from, to) => (Time::ZERO + from, Time::ZERO + to, false),
            When::After(span) => (base + span, base + span, false),
            When::AfterBetween(from, to) => (base + from, base + to, false),
            When::Any => (base, base, true),
        };
        match (self.last, when) {
            (None, When::At(at)) if !at.is_zero() => {
                Err(Stop::fault("the first event of a script is at time 0".to_owned()))
            }
            (Some(last), When::At(_) | When::Between(..)) if from < last => {
                Err(Stop::fault("time runs backwards: this is before the event above it".to_owned()))
            }
            _ => Ok(Due {
                from,
                to,
                any,
                base: if matches!(when, When::At(_) | When::Between(..)) { Time::ZERO } else { base },
            }),
        }
    }
    /// Lets time pass until something is to be done.
    fn wait_for(&mut self, due: Due, event: &Event) -> Result<(), Stop> {
        self.kernel.advance(due.from, |_| false);
        // A relative time is never late; an absolute one is, where packets took longer than the script says.
        let late = self.kernel.now.since(due.to);
        if matches!(event.when, When::At(_)) && late > self.tolerance(due) {
            return Err(Stop::fault(format!("late by {late}: what the script waited for took longer")));
        }
        Ok(())
    }
    /// How early or late something may be: a fixed time, or a share of the time since the event before.
    fn tolerance(&self, due: Due) -> Span {
        let since = due.from.since(self.last.unwrap_or(due.from));
        let share = Span::from_nanos(since.as_nanos() / 1000 * self.options.tolerance_share);
        self.options.tolerance.max(share)
    }
    /// Whether sockets are of IPv6.
    fn is_v6(&self) -> bool {
        self.options.version != Version::V4
    }
}
