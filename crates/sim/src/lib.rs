//! Sockscope: sim.
