//! What is stored of an answer: little, in one form, and enough to make the grant again.

#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use farthing_core::answer::{PackedAnswer, PackedGrant, seal};
use farthing_core::bytes::{Reader, Transcript};
use farthing_core::content::ContentKey;
use farthing_core::grant::{GrantClaims, Paid, grant_id};
use farthing_core::id::{Binding, Subject};
use farthing_core::jwk::Kid;
use farthing_core::jws;
use farthing_core::money::Micro;
use farthing_core::origin::{OriginPolicy, PublisherId};
use farthing_core::sign::SecretKey;
use farthing_core::time::Timestamp;
use farthing_core::token::{TOKEN_LEN, Token};
use farthing_testkit::{currency, issuer_id, time};
use proptest::prelude::*;

fn grant_claims() -> impl Strategy<Value = GrantClaims> {
    let time = || prop_oneof![Just(0), 1..200_u64, 0..1_u64 << 53];
    let numbers = (time(), time(), time(), time(), time(), time());
    let origin = "https://[a-z]{1,40}\\.example";
    (numbers, any::<[u8; 32]>(), origin).prop_map(|(numbers, bytes, publisher)| {
        let (amount, fee, tax, iat, access, refund) = numbers;
        let micro = |micro| Micro::new(micro).unwrap();
        let time = |seconds| Timestamp::new(seconds).unwrap();
        GrantClaims {
            issuer: issuer_id("issuer"),
            publisher: PublisherId::parse(&publisher, OriginPolicy::HttpsOnly).unwrap(),
            id: grant_id(&Binding::new(bytes)),
            iat: time(iat),
            subject: Subject::new(bytes),
            amount: micro(amount),
            currency: currency("EUR"),
            // The form of the stored answer says it; a gift is bought with money.
            paid: if bytes[0] % 2 == 0 || refund % 2 == 1 {
                Paid::Money
            } else {
                Paid::Promo
            },
            issuer_fee: micro(fee),
            tax: micro(tax),
            access_until: Some(time(access)).filter(|_| access > 0),
            refund_until: Some(time(refund)).filter(|_| refund > 0),
            cnf: key().public().unwrap(),
            giver: (refund % 2 == 1).then(|| Kid::of(&key().public().unwrap())),
        }
    })
}

fn key() -> SecretKey {
    SecretKey::from_bytes(&[7; 32]).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a grant says, it comes out of its packed form as it was issued, and the packed form has one shape.
    #[test]
    fn a_packed_grant_is_the_grant_that_was_issued(claims in grant_claims(), cek in any::<[u8; 32]>()) {
        let issued = key().sign_jws(jws::GRANT, &claims.to_json()).unwrap();
        let kid = Kid::of(&claims.cnf);
        let grant = PackedGrant::sign(&claims, kid, |input| Some(key().sign(input))).unwrap();
        let (key, grant) = (ContentKey::new(cek), Box::new(grant));
        let packed = match claims.giver {
            None => PackedAnswer::Redeem { key, grant },
            Some(_) => PackedAnswer::Gift { key, grant },
        };
        let packed = packed.to_bytes();
        let Some(PackedAnswer::Redeem { key, grant } | PackedAnswer::Gift { key, grant }) = PackedAnswer::parse(&packed) else {
            panic!("it was packed");
        };
        prop_assert_eq!(key.bytes(), &cek);
        let binding = Binding::new(*claims.subject.bytes());
        prop_assert_eq!(grant.text(&claims.issuer, &binding, &claims.cnf, claims.giver), issued);
        prop_assert_eq!(grant.claims(&claims.issuer, &binding, &claims.cnf, claims.giver), claims);
        for end in 0..packed.len() {
            // Cut off, it is no packed answer, but for a publisher whose name is shorter.
            let cut = PackedAnswer::parse(&packed[..end]);
            prop_assert!(cut.is_none_or(|cut| *cut.to_bytes() == packed[..end]));
        }
    }
}

/// The form of a number is the shortest, so that a packed answer has one.
#[test]
fn a_number_has_one_form() {
    for value in [0, 1, 127, 128, 16_383, 16_384, (1 << 53) - 1, (1 << 56) - 1] {
        let bytes = Transcript::default().number(value).bytes();
        let mut reader = Reader::new(&bytes);
        assert_eq!((reader.number(), reader.left()), (Some(value), 0));
    }
    let numbers: [&[u8]; 5] = [&[], &[0x80], &[0x80, 0], &[0xff, 0x80, 0], &[0xff; 9]];
    for bytes in numbers {
        assert_eq!(Reader::new(bytes).number(), None, "{bytes:?}");
    }
    assert_eq!(
        Transcript::default().number(200_000).bytes(),
        [0xc0, 0x9a, 0x0c]
    );
}

/// A redemption of the usual size is stored in 230 bytes, a swap in 17.
#[test]
fn a_stored_answer_is_small() {
    let claims = GrantClaims {
        issuer: issuer_id("issuer"),
        publisher: PublisherId::parse("https://publisher.example", OriginPolicy::HttpsOnly)
            .unwrap(),
        id: grant_id(&Binding::new([1; 32])),
        iat: time(0),
        subject: Subject::new([1; 32]),
        amount: Micro::new(200_000).unwrap(),
        currency: currency("EUR"),
        paid: Paid::Money,
        issuer_fee: Micro::new(20_000).unwrap(),
        tax: Micro::ZERO,
        access_until: Some(time(365 * 86_400)),
        refund_until: Some(time(86_400)),
        cnf: key().public().unwrap(),
        giver: None,
    };
    let grant = PackedGrant::sign(&claims, Kid::of(&claims.cnf), |input| {
        Some(key().sign(input))
    });
    let key = ContentKey::new([1; 32]);
    let redeem = PackedAnswer::Redeem {
        key,
        grant: Box::new(grant.unwrap()),
    };
    let sealed = |packed: PackedAnswer| {
        let lead = Token::parse(&[1; TOKEN_LEN]).unwrap();
        let sealed = seal(lead.output(), &Binding::new([7; 32]), &packed.to_bytes());
        sealed.unwrap().len()
    };
    assert!(sealed(redeem) <= 230);
    assert_eq!(sealed(PackedAnswer::Swap), 17);
}
