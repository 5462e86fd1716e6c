//! A picture of which most stays while the reader moves through the run.

use crate::history::{History, Moment};
use crate::scene::{Mark, Scene};
use std::fmt::Debug;

/// A picture laid out for one run and one width: what stays is painted once, what moves is asked for at each moment, and
/// costs the same however much happened before.
pub trait Picture: Debug {
    /// What stays: the frame, and everything that does not depend on the moment.
    fn still(&self) -> &Scene;
    /// What lies on top of it at a moment. Its keys are none of those of [`still`](Picture::still).
    fn moving(&self, history: &History, moment: Moment) -> Vec<Mark>;
    /// The whole picture at a moment.
    fn scene_at(&self, history: &History, moment: Moment) -> Scene {
        let mut scene = self.still().clone();
        scene.marks.extend(self.moving(history, moment));
        scene
    }
}
