//! The lists do what the maps and sets of std do.

use super::ordered;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

proptest! {
    #[test]
    fn a_list_is_a_map(steps in prop::collection::vec((0..6u8, 0..20u8, any::<u8>()), 0..60)) {
        let (mut list, mut map) = (ordered::BTreeMap::new(), BTreeMap::new());
        for (step, key, value) in steps {
            match step {
                0 | 1 => prop_assert_eq!(list.insert(key, value), map.insert(key, value)),
                2 => prop_assert_eq!(list.remove(&key), map.remove(&key)),
                3 => prop_assert_eq!(list.entry(key).or_insert(value), map.entry(key).or_insert(value)),
                4 => prop_assert_eq!(list.pop_first(), map.pop_first()),
                _ => {
                    list.retain(|known, _| known % 7 != key % 7);
                    map.retain(|known, _| known % 7 != key % 7);
                }
            }
            prop_assert_eq!(list.get(&key), map.get(&key));
            prop_assert!(list.iter().eq(map.iter()));
            let end = key.saturating_add(value % 9);
            prop_assert!(list.range(key..end).eq(map.range(key..end)));
            prop_assert!(list.range(..=key).eq(map.range(..=key)));
            prop_assert!(list.range(key..).rev().eq(map.range(key..).rev()));
        }
        let text = serde_json::to_string(&list).unwrap();
        prop_assert_eq!(&text, &serde_json::to_string(&map).unwrap());
        prop_assert_eq!(serde_json::from_str::<ordered::BTreeMap<u8, u8>>(&text).unwrap(), list);
    }

    #[test]
    fn sorting_is_as_in_std(mut items in prop::collection::vec((0..9u8, any::<u8>()), 0..40)) {
        let mut sorted = items.clone();
        sorted.sort_by_key(|(key, _)| *key);
        super::sort::sort_places(&mut items, |(a, _), (b, _)| a <= b);
        prop_assert_eq!(items, sorted);
    }

    #[test]
    fn a_list_is_a_set(steps in prop::collection::vec((any::<bool>(), 0..20u8), 0..60)) {
        let (mut list, mut set) = (ordered::BTreeSet::new(), BTreeSet::new());
        for (adds, key) in steps {
            if adds {
                prop_assert_eq!(list.insert(key), set.insert(key));
            } else {
                prop_assert_eq!(list.remove(&key), set.remove(&key));
            }
            prop_assert_eq!((list.first(), list.last(), list.len()), (set.first(), set.last(), set.len()));
            prop_assert!(list.range(key..).eq(set.range(key..)));
        }
        let text = serde_json::to_string(&list).unwrap();
        prop_assert_eq!(serde_json::from_str::<BTreeSet<u8>>(&text).unwrap(), set);
    }
}
