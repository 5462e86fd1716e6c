//! Sorting: as std does it, and as wasm by one routine for all types, which sorts places.

/// Sorts what is the same where it is equal.
pub fn sort<T: Ord>(items: &mut [T]) {
    #[cfg(not(target_arch = "wasm32"))]
    items.sort_unstable();
    #[cfg(target_arch = "wasm32")]
    sort_places(items, |a, b| a <= b);
}

/// Sorts by a key; what has the same stays in its order.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    #[cfg(not(target_arch = "wasm32"))]
    items.sort_by_key(key);
    #[cfg(target_arch = "wasm32")]
    sort_places(items, |a, b| key(a) <= key(b));
}

/// Sorts; `stays` says of two in their order whether they may stay in it.
#[cfg(any(test, target_arch = "wasm32"))]
pub(super) fn sort_places<T>(items: &mut [T], stays: impl Fn(&T, &T) -> bool) {
    let mut from = places(items.len(), &|a, b| stays(&items[a], &items[b]));
    // Each cycle of moves, by swaps.
    for start in 0..from.len() {
        let mut at = start;
        while from[at] != start {
            let next = from[at];
            items.swap(at, next);
            from[at] = at;
            at = next;
        }
        from[at] = at;
    }
}

/// The places in their sorted order: runs of twice the length, each of two that are merged.
#[cfg(any(test, target_arch = "wasm32"))]
fn places(len: usize, stays: &dyn Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut sorted: Vec<usize> = (0..len).collect();
    let mut length = 1;
    while length < len && !(1..len).all(|at| stays(sorted[at - 1], sorted[at])) {
        let mut merged = Vec::with_capacity(len);
        for pair in sorted.chunks(2 * length) {
            let (mut a, mut b) = pair.split_at(length.min(pair.len()));
            while let ([first, rest @ ..], [other, others @ ..]) = (a, b) {
                if stays(*first, *other) {
                    merged.push(*first);
                    a = rest;
                } else {
                    merged.push(*other);
                    b = others;
                }
            }
            merged.extend_from_slice(a);
            merged.extend_from_slice(b);
        }
        sorted = merged;
        length *= 2;
    }
    sorted
}
