//! Where a formula's result is the next one's input, it keeps the bounds that it
//! was given: no number of steps makes a number wrap.

use super::*;
use crate::backend::ifma::chain;
use crate::backend::ifma::fold::fold;
use crate::backend::ifma::point::Xyzz;

#[track_caller]
fn keeps(promised: [i128; 4], state: &Limbs<Proof>) {
    for (lane, (promised, found)) in promised.into_iter().zip(bounds(state)).enumerate() {
        assert!(found <= promised, "lane {lane}: {found}");
    }
}

#[test]
fn the_chain_leaves_what_its_next_doubling_or_addition_takes() {
    let [x, y, zz, zzz] = [LOOSE, TIGHT, TIGHT, TIGHT];
    let any = || any_limbs([x, y, zz, zzz, 1, 1, 1, 1]);
    let mut state = any();
    chain::double(Proof, &mut state);
    keeps([x, y, zz, zzz], &state);
    let mut state = any();
    let canonical = 1 << 48;
    let addend = any_limbs([canonical, canonical, 1, 1, 1, 1, 1, 1]);
    chain::add(Proof, &mut state, &addend);
    keeps([x, y, zz, zzz], &state);
}

#[test]
fn a_fold_leaves_what_the_next_one_takes() {
    for bit in [1, 2, 4] {
        let mut point = Xyzz {
            x: any_tight(),
            y: any_tight(),
            zz: any_tight(),
            zzz: any_tight(),
        };
        fold(Proof, &mut point, bit);
        for coordinate in [point.x, point.y, point.zz, point.zzz] {
            assert!(
                bounds(&coordinate.0)
                    .into_iter()
                    .all(|found| found <= TIGHT)
            );
        }
    }
}
