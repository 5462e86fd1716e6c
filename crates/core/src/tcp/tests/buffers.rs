//! The buffers against models that are too simple to be wrong.

use crate::payload::Payload;
use crate::seq::Seq;
use crate::tcp::reassembly::Reassembly;
use crate::tcp::receive_buffer::ReceiveBuffer;
use crate::tcp::send_buffer::SendBuffer;
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_send_buffer_is_a_queue(steps in vec((vec(any::<u8>(), 0..40), 0..60u32, 0..50u32, 0..50u32), 1..60)) {
        let mut buffer = SendBuffer::default();
        let mut model: Vec<u8> = Vec::new();
        for (data, acked, offset, len) in steps {
            model.extend(&data);
            buffer.push(data.into());
            let end = model.len();
            let from = (offset as usize).min(end);
            let to = end.min(from + len as usize);
            prop_assert_eq!(&buffer.payload(offset, len)[..], &model[from..to]);
            let acked = acked.min(buffer.len());
            buffer.drop_front(acked);
            model.drain(..acked as usize);
            prop_assert_eq!(buffer.len() as usize, model.len());
        }
    }

    #[test]
    fn a_receive_buffer_is_a_queue(steps in vec((vec(any::<u8>(), 0..40), 0..60u32), 1..60)) {
        let mut buffer = ReceiveBuffer::default();
        let mut model: Vec<u8> = Vec::new();
        for (data, max) in steps {
            buffer.push(&data.clone().into());
            model.extend(data);
            let want = model.len().min(max as usize);
            let taken: Vec<u8> = model.drain(..want).collect();
            prop_assert_eq!(&buffer.take(max)[..], &taken[..]);
            prop_assert_eq!(buffer.len() as usize, model.len());
        }
    }

    /// Pieces of one stream, in any order and overlap, across the wrap of sequence numbers.
    #[test]
    fn reassembly_gives_the_stream_back(
        start in prop_oneof![Just(u32::MAX - 100), any::<u32>()],
        pieces in vec((0..300usize, 1..80usize), 1..40),
        early in 0..300u32,
    ) {
        let stream: Vec<u8> = (0..400u32).map(|n| (n % 251) as u8).collect();
        let start = Seq::new(start);
        let mut reassembly = Reassembly::default();
        let mut here = vec![false; stream.len()];
        for (from, len) in pieces {
            reassembly.insert(start + from as u32, stream[from..from + len].into());
            here[from..from + len].fill(true);
            prop_assert_eq!(reassembly.len() as usize, here.iter().filter(|here| **here).count());
        }
        let run = here[early as usize..].iter().take_while(|here| **here).count();
        let mut next = start + early;
        let mut got: Vec<u8> = Vec::new();
        while let Some(piece) = reassembly.take(next) {
            prop_assert!(!piece.is_empty());
            next += piece.len() as u32;
            got.extend_from_slice(&piece);
        }
        prop_assert_eq!(&got[..], &stream[early as usize..early as usize + run]);
    }
}

#[test]
fn a_segment_shares_the_memory_of_what_was_sent() {
    let mut buffer = SendBuffer::default();
    buffer.push(vec![7; 4000].into());
    let [one, two] = [buffer.payload(1000, 500), buffer.payload(1000, 500)];
    assert_eq!(one.as_ptr(), two.as_ptr());
    assert_eq!(buffer.payload(5000, 1), Payload::EMPTY);
}
