//! Where a formula's result is the next one's input, it keeps the bounds that it
//! was given: no number of steps makes a number wrap.

use super::*;
use crate::backend::ifma::chain;
use crate::backend::ifma::fold::{Scratch, fold};
use crate::backend::ifma::point::Xyzz;

#[track_caller]
fn keeps(promised: [i128; 8], state: &Limbs<Proof>) {
    for (lane, (promised, found)) in promised.into_iter().zip(bounds(state)).enumerate() {
        assert!(found <= promised, "lane {lane}: {found}");
    }
}

/// X, anything, ZZ and anything; ZZZ, 2·Y, 0 and 0.
fn any_chain() -> (Limbs<Proof>, Limbs<Proof>) {
    (any_limbs(XS), any_limbs(YS))
}

const XS: [i128; 8] = [TIGHT, TIGHT, TIGHT, TIGHT, 1, 1, 1, 1];
/// The first 2·Y is twice a canonical number.
const YS: [i128; 8] = [TIGHT, 1 << 49, 1, 1, 1, 1, 1, 1];

#[test]
fn the_chain_leaves_what_its_next_doubling_or_addition_takes() {
    let (mut xs, mut ys) = any_chain();
    chain::double(Proof, &mut xs, &mut ys);
    keeps(XS, &xs);
    keeps(YS, &ys);
    let (mut xs, mut ys) = any_chain();
    let addend = any_limbs([1 << 49, 1, 1 << 48, 1, 1, 1, 1, 1]);
    chain::add(Proof, &mut xs, &mut ys, &addend);
    keeps(XS, &xs);
    keeps(YS, &ys);
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
        let mut scratch = Scratch::BLANK;
        fold(Proof, &mut point, bit, &mut scratch);
        for coordinate in [point.x, point.y, point.zz, point.zzz] {
            assert!(
                bounds(&coordinate.0)
                    .into_iter()
                    .all(|found| found <= TIGHT)
            );
        }
    }
}
