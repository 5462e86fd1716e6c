//! The world: hosts, programs and the network between them, one step after another.

mod outside;

use crate::flight::Flight;
use crate::machine::Machine;
use crate::network::{Network, discard};
use crate::scenario::{self, Names, Plan, Scenario, ScenarioError, Timed};
use crate::units::Length;
use outside::Outside;
use serde::{Deserialize, Serialize};
use sockscope_core::host::Host;
use sockscope_core::json;
use sockscope_core::time::Time;
use sockscope_core::trace::{
    Clock, Cx, EventId, FORMAT, Header, Intervention, Kind, LinkId, LinkInfo, Log, Node, NodeInfo, NodeKind,
    Outcome, Source, Task, Trace,
};
use sockscope_core::wire::PacketId;
use sockscope_programs::Program;

/// A simulated world: hosts, programs and the network between them. It is plain data at every instant: cloned it
/// is a checkpoint, and two worlds that are equal have the same future.
///
/// ```
/// use sockscope_core::trace::Outcome;
/// use sockscope_sim::{Scenario, World, presets};
/// let scenario: Scenario = presets::text("udp-upper").unwrap().parse().unwrap();
/// let mut world = World::new(&scenario).unwrap();
/// assert_eq!(world.run(), Outcome::Idle); // the server waits for the next client
/// let trace = world.trace();
/// assert!(trace.events.len() > 10);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct World {
    scenario: Scenario,
    nodes: Vec<NodeInfo>,
    links: Vec<LinkInfo>,
    sources: Vec<Source>,
    machines: Vec<Machine>,
    network: Network,
    now: Time,
    steps: u64,
    next_task: u32,
    log: Log,
    outcome: Option<Outcome>,
    outside: Outside,
}

/// Something that is going to happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Step {
    /// A program begins.
    Start { node: Node, birth: Birth },
    /// A packet reaches the end of a link.
    Arrive { link: LinkId, flight: Flight },
    /// A report to a host of its own is there.
    Loop { node: Node, flight: Flight },
    /// A timer of a host may have run out.
    Timer { node: Node },
    /// A program may have waited long enough.
    Wake { node: Node, task: Task },
    /// Somebody changes the course of the run.
    Intervene(Intervention),
}

/// A program that is to begin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Birth {
    pub(crate) program: Program,
    /// The process that it is a thread of.
    pub(crate) process: Option<Task>,
    /// The task that spawned it, and the event by which it did.
    pub(crate) parent: Option<Task>,
    pub(crate) cause: Option<EventId>,
}

/// Why an intervention is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InterveneError {
    /// It is for a time that has passed.
    #[error("{at} has passed: the run is at {now}; fork it before that time")]
    Past {
        /// The time it is for.
        at: Time,
        /// The time of the run.
        now: Time,
    },
    /// The run is over.
    #[error("the run is over; fork it at a time before its end")]
    Over,
    /// It names a host, a link or a packet's sender that is not there.
    #[error("there is no {0} with that number")]
    Unknown(&'static str),
}

impl World {
    /// The world of a scenario at its start, with recording on.
    ///
    /// # Errors
    /// What is wrong with the scenario. One that was read from a file is fine.
    pub fn new(scenario: &Scenario) -> Result<World, ScenarioError> {
        let plan = Plan::new(scenario)?;
        let mut network = Network::new(scenario.seed.0, &plan);
        for (at, intervention) in plan.interventions {
            network.agenda.push_first(at, Step::Intervene(intervention));
        }
        let mut sources: Vec<Source> = Vec::new();
        for (host, at, program) in plan.programs {
            if sources.iter().all(|source| source.program != program.name()) {
                sources.push(program.source());
            }
            let birth = Birth { program, process: None, parent: None, cause: None };
            network.agenda.push(at, Step::Start { node: Node(host), birth });
        }
        let machines = plan.hosts.into_iter().map(|config| Machine::new(Host::new(config, scenario.seed.0)));
        Ok(World {
            machines: machines.collect(),
            scenario: scenario.clone(),
            nodes: plan.nodes,
            links: plan.links,
            sources,
            network,
            now: Time::ZERO,
            steps: 0,
            next_task: 0,
            log: Log::recording(),
            outcome: None,
            outside: Outside::default(),
        })
    }
    /// The same world with recording off: it runs faster and has no trace.
    pub fn unrecorded(self) -> World {
        World { log: Log::off(), ..self }
    }
    /// The time it is.
    pub fn now(&self) -> Time {
        self.now
    }
    /// When the next thing happens; `None` where nothing will, or the run is over.
    pub fn next_at(&self) -> Option<Time> {
        self.network.agenda.next_at().filter(|_| self.outcome.is_none())
    }
    /// Steps taken so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }
    /// How the run ended, once it has.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }
    /// What was recorded. Take it now and then from a long run.
    pub fn log(&self) -> &Log {
        &self.log
    }
    /// Hands over what was recorded since the last call.
    pub fn take_events(&mut self) -> Vec<sockscope_core::trace::Event> {
        self.log.take()
    }
    /// The scenario, with every intervention that was made.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }
    /// The header of the trace. It holds the scenario with every intervention, so it is enough to run it again.
    pub fn header(&self) -> Header {
        // By way of the text: a serializer that makes values would be there for this alone.
        let text = serde_json::to_string(&self.scenario).expect("a scenario has a form in JSON");
        let mut scenario: serde_json::Value = json::read(&text).expect("it was written as JSON");
        // Where another crate makes maps keep their order, the text is the same all the same.
        scenario.sort_all_objects();
        Header {
            format: FORMAT,
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            clock: if self.is_open() { Clock::Monotonic } else { Clock::Virtual },
            title: self.scenario.title.clone(),
            seed: self.scenario.seed.to_string(),
            scenario: Some(scenario),
            programs: Vec::new(),
            nodes: self.nodes.clone(),
            links: self.links.clone(),
            sources: self.sources.clone(),
        }
    }
    /// The trace so far; events that were taken are not in it.
    pub fn trace(&self) -> Trace {
        Trace { header: self.header(), events: self.log.events().to_vec() }
    }
    /// Runs to the end.
    pub fn run(&mut self) -> Outcome {
        loop {
            if let Some(outcome) = self.step() {
                return outcome;
            }
        }
    }
    /// Does everything that happens up to and including `at`; then it is `at`. How the run ended, if it did: where
    /// nothing is left to happen, unless something may still come from [outside](World::hand_in).
    pub fn run_until(&mut self, at: Time) -> Option<Outcome> {
        let ends = !self.is_open();
        while self.outcome.is_none() && self.network.agenda.next_at().map_or(ends, |next| next <= at) {
            self.step();
        }
        if self.outcome.is_none() {
            self.now = self.now.max(at);
        }
        self.outcome
    }
    /// Does the next thing that happens. How the run ended, if it did.
    pub fn step(&mut self) -> Option<Outcome> {
        if self.outcome.is_some() {
            return self.outcome;
        }
        let limits = self.scenario.limits;
        let deadline = Time::ZERO + limits.time.0;
        match self.network.agenda.next_at() {
            None => self.end(self.quiet()),
            Some(at) if at > deadline => {
                self.now = deadline;
                self.end(Outcome::TimeLimit)
            }
            Some(_) if self.steps + self.network.calls >= limits.steps => self.end(Outcome::EventLimit),
            Some(_) => {
                self.steps += 1;
                let (at, step) = self.network.agenda.pop()?;
                self.now = at;
                self.perform(step);
                None
            }
        }
    }
    /// Ends the run here.
    pub fn stop(&mut self, outcome: Outcome) {
        if self.outcome.is_none() {
            self.end(outcome);
        }
    }
    fn end(&mut self, outcome: Outcome) -> Option<Outcome> {
        self.log.push(self.now, None, None, Kind::Ended { outcome });
        self.outcome = Some(outcome);
        self.outcome
    }
    fn quiet(&self) -> Outcome {
        if self.machines.iter().any(Machine::is_busy) { Outcome::Idle } else { Outcome::Done }
    }

    /// Changes the course of the run at time `at`, before everything else that happens then. The run from here is
    /// the same as one whose scenario has the intervention from the start.
    ///
    /// # Errors
    /// Where the time has passed, or what is named is not there.
    pub fn intervene(&mut self, at: Time, intervention: Intervention) -> Result<(), InterveneError> {
        if self.outcome.is_some() {
            return Err(InterveneError::Over);
        }
        if at < self.now || (at == self.now && self.steps > 0) {
            return Err(InterveneError::Past { at, now: self.now });
        }
        self.check(&intervention)?;
        let names: Vec<String> = self.nodes.iter().map(|node| node.name.clone()).collect();
        let names = Names {
            nodes: &names,
            hosts: self.machines.len(),
            links: &self.links,
            programs: &self.scenario.programs,
        };
        let action = names.action(&intervention);
        self.scenario.interventions.push(Timed { at: Length(at - Time::ZERO), action });
        self.network.agenda.push_first(at, Step::Intervene(intervention));
        Ok(())
    }
    fn check(&self, intervention: &Intervention) -> Result<(), InterveneError> {
        let (known, what) = match *intervention {
            Intervention::Drop { packet }
            | Intervention::Delay { packet, .. }
            | Intervention::Duplicate { packet }
            | Intervention::Corrupt { packet } => {
                let PacketId(id) = packet;
                (id >> 32 < self.nodes.len() as u64, "packet")
            }
            Intervention::Cut { link } | Intervention::Mend { link } | Intervention::Calm { link } => {
                (usize::from(link) < self.links.len(), "link")
            }
            Intervention::Unplug { node } | Intervention::Plug { node } => {
                (usize::from(node) < self.nodes.len(), "host")
            }
            Intervention::Crash { node } => (usize::from(node) < self.machines.len(), "host"),
            Intervention::Kill { node, ref program } | Intervention::Slow { node, ref program, .. } => {
                (self.runs(node, program), "host where that program runs")
            }
        };
        if known { Ok(()) } else { Err(InterveneError::Unknown(what)) }
    }

    fn runs(&self, node: u16, program: &str) -> bool {
        let host = self.scenario.hosts.get(usize::from(node));
        let here =
            |it: &scenario::Program| host.is_some_and(|host| host.name == it.host) && it.program == program;
        self.scenario.programs.iter().any(here)
    }
    fn perform(&mut self, step: Step) {
        match step {
            Step::Start { node, birth } => {
                let task = Task(self.next_task);
                self.next_task += 1;
                self.on_machine(node, birth.cause, |machine, net, cx| machine.start(task, birth, net, cx));
            }
            Step::Arrive { link, flight } => self.arrive(link, flight),
            Step::Loop { node, flight } => self.land(node, flight.cause, flight),
            Step::Timer { node } => self.on_machine(node, None, Machine::handle_timeout),
            Step::Wake { node, task } => {
                self.on_machine(node, None, |machine, net, cx| machine.wake(task, net, cx));
            }
            Step::Intervene(intervention) => self.carry_out(&intervention),
        }
    }
    fn on_machine(
        &mut self,
        node: Node,
        cause: Option<EventId>,
        act: impl FnOnce(&mut Machine, &mut Network, &mut Cx<'_>),
    ) {
        let cx = &mut Cx { now: self.now, node, cause, log: &mut self.log };
        act(&mut self.machines[usize::from(node.0)], &mut self.network, cx);
    }
    fn arrive(&mut self, link: LinkId, flight: Flight) {
        let node = self.network.end(link);
        let cx = &mut Cx { now: self.now, node, cause: flight.cause, log: &mut self.log };
        let (packet, copy) = (flight.packet.id, flight.copy);
        cx.emit_cause(|| Kind::Delivered { link, packet, copy });
        match self.nodes[usize::from(node.0)].kind {
            NodeKind::Switch => self.network.forward(flight, Some(link), cx),
            NodeKind::Router => self.network.route(flight, link, cx),
            NodeKind::Host => {
                let cause = cx.cause;
                self.land(node, cause, flight);
            }
        }
    }
    /// A packet is at its host.
    fn land(&mut self, node: Node, cause: Option<EventId>, flight: Flight) {
        if self.scenario.hosts[usize::from(node.0)].outside {
            return self.depart(node, cause, &flight);
        }
        let id = flight.packet.id;
        self.on_machine(node, cause, |machine, net, cx| match flight.land() {
            Ok(packet) => machine.receive(packet, net, cx),
            Err(why) => discard(id, why, cx),
        });
    }
    fn carry_out(&mut self, intervention: &Intervention) {
        let action = Box::new(intervention.clone());
        let cause = self.log.push(self.now, None, None, Kind::Intervened { action });
        let network = &mut self.network;
        match *intervention {
            Intervention::Drop { packet } => network.order(packet, |order| order.drop = true),
            Intervention::Delay { packet, by } => network.order(packet, |order| order.hold = by),
            Intervention::Duplicate { packet } => network.order(packet, |order| order.duplicate = true),
            Intervention::Corrupt { packet } => network.order(packet, |order| order.corrupt = true),
            Intervention::Cut { link } => self.cut(link, cause),
            Intervention::Mend { link } => network.mend(link),
            Intervention::Calm { link } => network.calm(link),
            Intervention::Unplug { node } => {
                self.links_of(node).into_iter().for_each(|link| self.cut(link, cause));
            }
            Intervention::Plug { node } => {
                self.links_of(node).into_iter().for_each(|link| self.network.mend(link));
            }
            Intervention::Crash { node } => {
                self.on_machine(Node(node), cause, |machine, _, cx| machine.crash(cx));
            }
            Intervention::Kill { node, ref program } => {
                self.on_machine(Node(node), cause, |machine, net, cx| machine.kill(program, net, cx));
            }
            Intervention::Slow { node, ref program, by } => {
                self.machines[usize::from(node)].slow(program, by);
            }
        }
    }
    fn cut(&mut self, link: u16, cause: Option<EventId>) {
        let node = Node(self.links[usize::from(link)].a);
        let cx = &mut Cx { now: self.now, node, cause, log: &mut self.log };
        self.network.cut(link, cx);
    }
    fn links_of(&self, node: u16) -> Vec<u16> {
        let all = (0..).zip(&self.links);
        all.filter(|(_, link)| link.a == node || link.b == node).map(|(link, _)| link).collect()
    }
}
