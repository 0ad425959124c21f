//! What a request costs in key operations: a forged token one multiplication, what is malformed none.

use crate::fixture::{Reader, Server, Shop, fixed};
use farthing_core::content::ContentKey;
use farthing_core::hpke::SealedKey;
use farthing_core::id::{Binding, KeysetId, Mac, Nonce};
use farthing_core::origin::IssuerId;
use farthing_core::point::Point;
use farthing_core::request::{Evaluation, Input, RedeemFields, RedeemRequest};
use farthing_core::token::{Output, Token};
use farthing_core::voprf::BlindedElement;
use farthing_core::wallet::inquire;
use farthing_issuer::config::Config;
use farthing_issuer::keys::Keys;
use farthing_issuer::keys::ops::{
    CheckError, KeyOps, Native, OpeningKey, Operations, OpsFailed, Reference, SigningKey, TokenKey,
};
use std::sync::{Arc, Mutex};

/// How often each was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    recognised: usize,
    evaluated: usize,
    signed: usize,
    opened: usize,
    sealed: usize,
    verified: usize,
}

impl Counts {
    const NONE: Self = Self {
        recognised: 0,
        evaluated: 0,
        signed: 0,
        opened: 0,
        sealed: 0,
        verified: 0,
    };
}

type Counter = Arc<Mutex<Counts>>;

/// Native operations, counted.
#[derive(Debug)]
struct Counting(Native, Counter);

/// A key, counted.
#[derive(Debug)]
struct Counted<K: ?Sized>(Arc<K>, Counter);

impl<K: ?Sized> Counted<K> {
    fn count(&self, count: impl FnOnce(&mut Counts)) {
        count(&mut self.1.lock().unwrap());
    }
}

impl KeyOps for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn token_key(&self, secret: &[u8; 32]) -> Result<Arc<dyn TokenKey>, CheckError> {
        let key = self.0.token_key(secret)?;
        Ok(Arc::new(Counted(key, Arc::clone(&self.1))))
    }

    fn signing_key(&self, secret: &[u8; 32]) -> Result<Arc<dyn SigningKey>, CheckError> {
        let key = self.0.signing_key(secret)?;
        Ok(Arc::new(Counted(key, Arc::clone(&self.1))))
    }

    fn opening_key(&self, secret: &[u8; 32]) -> Result<Arc<dyn OpeningKey>, CheckError> {
        let key = self.0.opening_key(secret)?;
        Ok(Arc::new(Counted(key, Arc::clone(&self.1))))
    }

    fn seal(
        &self,
        to: &Point,
        info: &[u8],
        key: &ContentKey,
        random: &[u8; 32],
    ) -> Result<SealedKey, OpsFailed> {
        self.1.lock().unwrap().sealed += 1;
        self.0.seal(to, info, key, random)
    }

    fn verify(&self, key: &Point, message: &[u8], signature: &[u8; 64]) -> Result<bool, OpsFailed> {
        self.1.lock().unwrap().verified += 1;
        self.0.verify(key, message, signature)
    }
}

impl TokenKey for Counted<dyn TokenKey> {
    fn public_key(&self) -> &Point {
        self.0.public_key()
    }

    fn evaluate(
        &self,
        keyset: &KeysetId,
        binding: &Binding,
        elements: &[&BlindedElement],
    ) -> Result<Evaluation, OpsFailed> {
        self.count(|counts| counts.evaluated += elements.len());
        self.0.evaluate(keyset, binding, elements)
    }

    fn recognise(
        &self,
        issuer: &IssuerId,
        keyset: &KeysetId,
        nonce: &Nonce,
        binding: &Binding,
        mac: &Mac,
    ) -> Result<Output, CheckError> {
        self.count(|counts| counts.recognised += 1);
        self.0.recognise(issuer, keyset, nonce, binding, mac)
    }
}

impl SigningKey for Counted<dyn SigningKey> {
    fn public_key(&self) -> &Point {
        self.0.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], OpsFailed> {
        self.count(|counts| counts.signed += 1);
        self.0.sign(message)
    }
}

impl OpeningKey for Counted<dyn OpeningKey> {
    fn public_key(&self) -> &Point {
        self.0.public_key()
    }

    fn open(&self, info: &[u8], sealed: &SealedKey) -> Result<ContentKey, CheckError> {
        self.count(|counts| counts.opened += 1);
        self.0.open(info, sealed)
    }
}

/// A server whose operations are counted, and a reader with coins.
struct Scene {
    server: Server,
    counter: Counter,
    shop: Shop,
    reader: Reader,
}

impl Scene {
    fn new() -> Self {
        let counter = Counter::default();
        let counting = Counting(Native::new().unwrap(), Arc::clone(&counter));
        let server = Server::operated_by(Arc::new(counting));
        let shop = Shop::open(&server);
        let reader = Reader::loaded(&server);
        Self {
            server,
            counter,
            shop,
            reader,
        }
    }

    /// What `work` costs.
    fn cost(&self, work: impl FnOnce(&Server)) -> Counts {
        *self.counter.lock().unwrap() = Counts::NONE;
        work(&self.server);
        *self.counter.lock().unwrap()
    }

    fn refused(&self, text: &str, status: u16, code: &str) -> Counts {
        self.cost(|server| server.post("/v1/redemptions", text).is(status, code))
    }

    /// A request of two coins, with change.
    fn fields(&mut self) -> RedeemFields {
        let page = self
            .shop
            .seal(&self.server, &self.reader.manifest, "/article", 230_000);
        let mut coins = self.reader.tokens.clone();
        coins.sort_by_key(|fresh| std::cmp::Reverse(fresh.amount));
        let coins: Vec<Token> = coins.iter().take(2).map(|c| c.token.clone()).collect();
        let attempt = self.reader.pay_with(&self.server, &page, &coins);
        let fields = attempt.payment.request.fields().clone();
        assert_eq!(fields.inputs.len(), 2);
        assert!(!fields.outputs.is_empty());
        fields
    }

    /// The fields under macs of which those of made-up nonces are guessed.
    fn request(&self, fields: RedeemFields) -> String {
        let purse = self.reader.purse();
        let mac = |input: &Input, binding: &Binding| {
            let honest = purse.iter().find(|token| token.nonce() == &input.nonce);
            Some(honest.map_or(Mac::new([0; 32]), |token| token.output().mac(binding)))
        };
        let request = RedeemRequest::new(fields, self.server.id(), mac);
        request.unwrap().to_json()
    }
}

#[test]
fn a_forged_token_costs_one_multiplication_and_nothing_else() {
    let mut scene = Scene::new();
    let fields = scene.fields();
    let one = Counts {
        recognised: 1,
        ..Counts::NONE
    };
    // Made up altogether.
    let mut forged = fields.clone();
    for (at, input) in forged.inputs.iter_mut().enumerate() {
        let nonce = Nonce::new(fixed(&format!("made up {at}")));
        *input = Input::new(scene.server.id(), input.keyset, nonce);
    }
    forged.inputs.sort_by_key(|input| input.nullifier);
    let text = scene.request(forged);
    assert_eq!(scene.refused(&text, 422, "token_invalid"), one);
    // One more at each place of an honest request: the honest ones before it cost theirs.
    for number in 0..8 {
        let mut forged = fields.clone();
        let nonce = Nonce::new(fixed(&format!("one {number}")));
        let made_up = Input::new(scene.server.id(), forged.inputs[0].keyset, nonce);
        forged.inputs.push(made_up);
        forged.inputs.sort_by_key(|input| input.nullifier);
        let at = forged.inputs.iter().position(|i| i == &made_up).unwrap();
        let cost = scene.refused(&scene.request(forged), 422, "token_invalid");
        let recognised = at + 1;
        assert_eq!(
            cost,
            Counts {
                recognised,
                ..Counts::NONE
            }
        );
    }
    // A question about a token that is none.
    let mut question = inquire(scene.server.id(), &scene.reader.purse()[0]);
    question.nonce = Nonce::new(fixed("made up"));
    let text = question.to_json();
    let cost = scene.cost(|server| server.post("/v1/answers", &text).is(422, "token_invalid"));
    assert_eq!(cost, one);
}

#[test]
fn what_is_malformed_or_foreign_costs_no_multiplication() {
    let mut scene = Scene::new();
    let fields = scene.fields();
    let good = scene.request(fields.clone());
    let point = farthing_core::bytes::to_b64u(fields.outputs[0].blinded.bytes());
    let no_point = farthing_core::bytes::to_b64u(&[&[2_u8][..], &[0xff; 32]].concat());
    let keyset = fields.inputs[0].keyset.to_b64u();
    let unknown = KeysetId::new([0; 16]).to_b64u();
    let mut reversed = fields.clone();
    reversed.inputs.reverse();
    let many = Input::new(
        scene.server.id(),
        fields.inputs[0].keyset,
        Nonce::new([1; 32]),
    );
    let mut oversize = fields.clone();
    oversize.inputs = vec![many; 65];
    let cases = [
        (good.replace(&point, &no_point), 422, "element_invalid"),
        (good.replace(&keyset, &unknown), 422, "keyset_unknown"),
        (scene.request(reversed), 422, "inputs_order"),
        (scene.request(oversize), 400, "malformed"),
        (good.replace("\"salt\"", "\"salz\""), 400, "malformed"),
        (
            good.replace("\"offer\":\"", "\"offer\":\"."),
            422,
            "offer_invalid",
        ),
    ];
    for (text, status, code) in cases {
        let reply = scene.server.post("/v1/redemptions", &text);
        let (got, named) = (reply.status, reply.code());
        let cost = scene.cost(|server| {
            server.post("/v1/redemptions", &text);
        });
        assert_eq!(cost, Counts::NONE, "{code}");
        // An id that is not in order any more is as good a reason.
        let expected = (got, named.as_str());
        assert!(
            expected == (status, code) || expected == (422, "inputs_order"),
            "{expected:?} {code}"
        );
    }
}

#[test]
fn an_offer_and_its_wrap_are_checked_once_and_a_repetition_signs_nothing_again() {
    let mut scene = Scene::new();
    let page = scene
        .shop
        .seal(&scene.server, &scene.reader.manifest, "/article", 10_000);
    for first in [true, false] {
        let attempt = scene.reader.pay(&scene.server, &page);
        let request = attempt.payment.request.fields();
        let (inputs, outputs) = (request.inputs.len(), request.outputs.len());
        let text = attempt.text();
        let mut body = String::new();
        let cost = scene.cost(|server| body = server.post("/v1/redemptions", &text).ok(200).body);
        assert_eq!(
            cost,
            Counts {
                recognised: inputs,
                evaluated: outputs,
                signed: 1,
                sealed: 1,
                opened: usize::from(first),
                verified: usize::from(first),
            }
        );
        let again = scene.cost(|server| {
            assert_eq!(server.post("/v1/redemptions", &text).ok(200).body, body);
        });
        assert_eq!(
            again,
            Counts {
                recognised: inputs,
                evaluated: outputs,
                sealed: 1,
                ..Counts::NONE
            }
        );
        scene.reader.finish(&page, &attempt, &body);
    }
}

/// The whole way with the curve in Rust: what one implementation made, the other takes.
#[test]
fn coins_of_one_implementation_pay_at_the_other() {
    let mut server = Server::operated_by(Arc::new(Reference));
    let shop = Shop::open(&server);
    let mut reader = Reader::loaded(&server);
    let page = shop.seal(&server, &reader.manifest, "/article", 10_000);
    let attempt = reader.pay(&server, &page);
    let by_reference = reader.send(&server, &attempt).ok(200);
    reader.finish(&page, &attempt, &by_reference.body);
    server.operate_by(Arc::new(Native::new().unwrap()));
    // The stored answer still opens, and the rest of the purse still pays.
    let again = reader.send(&server, &attempt).ok(200);
    assert_eq!(again.body, by_reference.body);
    let attempt = reader.pay(&server, &page);
    let by_native = reader.send(&server, &attempt).ok(200);
    reader.finish(&page, &attempt, &by_native.body);
    server.audit();
}

#[test]
fn the_configuration_chooses_the_operations_and_knows_no_others() {
    let server = Server::start();
    assert_eq!(server.config.keys_place().operations, Operations::Native);
    let path = server.folder().join("farthing.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let rest = text.replace("keys = \"keys\"\n", "");
    assert_ne!(rest, text);
    let named = |name: &str| {
        let section = format!("{rest}\n[keys]\noperations = \"{name}\"\n");
        Config::parse(&section, &path)
    };
    for name in ["native", "reference"] {
        let keys = Keys::read(&named(name).unwrap()).unwrap();
        assert_eq!(keys.ops().name(), name);
    }
    let words = named("fast").unwrap_err().to_string();
    assert!(words.contains("keys.operations"), "{words}");
}
