//! What a redemption costs an issuer's processor: `cargo run --release -p farthing-issuer --example redemption_cost`.
//!
//! The use case against a ledger in memory, without network and disk: three tokens in, change of two denominations, key
//! release and grant; the evaluation of a pouch of a hundred; and what each part of it costs. Requests are built before, answers checked after. The
//! numbers are processor time of the whole process, so that other programs do not count.
//!
//! Arguments: how many redemptions, of how many articles, by `native` or `reference`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    reason = "a measurement: what fails should say so at once"
)]

use farthing_core::content::ContentKey;
use farthing_core::id::{Binding, CtHash, GrantSalt, OrderId, TermsHash};
use farthing_core::jwk::PublicJwk;
use farthing_core::manifest::{Head, Manifest, Pin, walk};
use farthing_core::money::{Currency, Micro};
use farthing_core::offer::{ContentPart, OfferClaims, PriceEntry};
use farthing_core::origin::{OriginPolicy, PublisherId};
use farthing_core::publisher::{sign_offer, wrap};
use farthing_core::request::{
    DrawRequest, DrawResponse, Input, Output, RedeemFields, RedeemRequest, RedeemResponse,
};
use farthing_core::resource::{Resource, Version};
use farthing_core::sign::SecretKey;
use farthing_core::time::DAY;
use farthing_core::token::Token;
use farthing_core::wallet::{self, Counters, Pouch, Seed};
use farthing_issuer::clock::{Clock, SystemClock};
use farthing_issuer::config::Config;
use farthing_issuer::issuer::Issuer;
use farthing_issuer::keys::ops::{KeyOps, Operations};
use farthing_issuer::keys::{Keys, generate};
use farthing_issuer::random::SystemRandom;
use farthing_issuer::usecase::redeem::redeem;
use farthing_ledger::memory::MemoryLedger;
use farthing_ledger::{Ledger, Publisher};
use std::sync::Arc;
use std::time::Duration;

const CONFIG: &str = r#"
issuer_id = "http://127.0.0.1:1"
sandbox = true
listen = "127.0.0.1:1"
ledger = "ledger.sqlite"

[keys]
directory = "keys"
OPERATIONS

[currency]
code = "EUR"
unit = "0.001"
denominations = 11
pocket_max = "2.00"
mixes = ["0.50", "2.00", "8.00"]

[terms]
version = "2026-11-22"
directory = "."
expiry = "Coins pay for a long time."
cash_out = "Nothing is paid back."
"#;

/// 0.128 and 0.064 and 0.032 in, 0.016 and 0.008 back.
const PAID: u64 = 224_000;
const CHANGE: u64 = 24_000;

type Shared = Arc<Issuer<MemoryLedger>>;

struct Article {
    offer: String,
    price: PriceEntry,
    wrap: [u8; 113],
}

struct World {
    issuer: Shared,
    manifest: Manifest,
    seed: Seed,
    counters: Counters,
    orders: u32,
}

impl World {
    /// A draw of the coins that make up an amount; nobody paid for it.
    fn draw(&mut self, amount: u64) -> (DrawRequest, Counters) {
        let before = self.counters.clone();
        self.orders += 1;
        let mut order = [0; 16];
        let (head, _) = order.split_at_mut(4);
        head.copy_from_slice(&self.orders.to_be_bytes());
        let pouch = Pouch {
            order: OrderId::new(order),
            claim_counter: 0,
            number: 0,
            mix: "",
            rest: Micro::new(amount).unwrap(),
            currency: Currency::parse("EUR").unwrap(),
        };
        let now = self.issuer.now();
        let (manifest, seed) = (&self.manifest, &self.seed);
        let request = wallet::draw(manifest, seed, &pouch, &mut self.counters, now).unwrap();
        (request, before)
    }

    fn tokens(&mut self, amount: u64) -> Vec<Token> {
        let (request, before) = self.draw(amount);
        let fields = request.fields();
        let binding = fields.binding(self.issuer.id());
        let evaluations = self
            .issuer
            .in_force()
            .evaluate(&binding, &fields.elements)
            .unwrap();
        let response = DrawResponse { evaluations };
        let fresh =
            wallet::finish_draw(&self.manifest, &self.seed, &request, &before, &response).unwrap();
        fresh.into_iter().map(|fresh| fresh.token).collect()
    }

    fn outputs(&mut self, amount: u64) -> Vec<Output> {
        self.draw(amount).0.fields().elements.clone()
    }

    fn request(&mut self, article: &Article) -> RedeemRequest {
        let tokens = self.tokens(PAID);
        let id = self.issuer.id().clone();
        let input = |token: &Token| Input::new(&id, *token.keyset(), *token.nonce());
        let mut inputs: Vec<Input> = tokens.iter().map(input).collect();
        inputs.sort_by_key(|input| input.nullifier);
        let outputs = self.outputs(CHANGE);
        assert_eq!((inputs.len(), outputs.len()), (3, 2));
        let point = |name: &str| key(name).public().unwrap();
        let fields = RedeemFields {
            manifest: self.manifest.n,
            offer: article.offer.clone(),
            price: article.price.clone(),
            wrap: article.wrap,
            inputs,
            outputs,
            cnf: point("cnf"),
            sealing: point("sealing"),
            salt: GrantSalt::new([7; 32]),
            giver: None,
        };
        let mac = |input: &Input, binding: &Binding| {
            let token = tokens.iter().find(|token| *token.nonce() == input.nonce)?;
            Some(token.output().mac(binding))
        };
        RedeemRequest::new(fields, &id, mac).unwrap()
    }
}

fn key(name: &str) -> SecretKey {
    SecretKey::from_bytes(&farthing_core::bytes::sha256(name.as_bytes())).unwrap()
}

fn publisher() -> (PublisherId, SecretKey) {
    let origin = "https://publisher.example";
    let id = PublisherId::parse(origin, OriginPolicy::HttpsOnly).unwrap();
    (id, key("publisher"))
}

fn article(world: &World, number: usize) -> Article {
    let (publisher, signing) = publisher();
    let id = world.issuer.id().clone();
    let now = world.issuer.now();
    let content = ContentKey::new(farthing_core::bytes::sha256(&number.to_be_bytes()));
    let sealing = world.manifest.sealing_keys.first().unwrap();
    let price = PriceEntry {
        issuer: id.clone(),
        currency: Currency::parse("EUR").unwrap(),
        amount: Micro::new(PAID - CHANGE).unwrap(),
        sealing_kid: sealing.kid(),
    };
    let claims = OfferClaims {
        publisher,
        iat: now.minus(60),
        exp: now.plus(30 * DAY),
        resource: Resource::normalise(&format!("/article-{number}")).unwrap(),
        version: Version::parse("1").unwrap(),
        title: format!("Article {number}"),
        words: 600,
        access: 0,
        refund: 60,
        terms: TermsHash::new([1; 32]),
        content: ContentPart {
            ct_hash: CtHash::new([2; 32]),
            length: 6_000,
            media_type: "text/html".to_owned(),
            place: "page".to_owned(),
        },
        key_commit: content.commit(),
        prices: vec![price.clone()],
        pins: vec![(id.clone(), world.manifest.trust().pin)],
        embedders: Vec::new(),
    };
    let (offer, hash) = sign_offer(&signing, &claims).unwrap();
    let mut random = |bytes: &mut [u8]| bytes.fill(9);
    let wrap = wrap(&content, &id, sealing.public_key(), &hash, &mut random).unwrap();
    Article { offer, price, wrap }
}

async fn open(folder: &std::path::Path, operations: &str) -> World {
    let text = CONFIG.replace("OPERATIONS", operations);
    let file = folder.join("farthing.toml");
    std::fs::write(&file, &text).unwrap();
    std::fs::write(folder.join("2026-11-22.txt"), "Be fair.\n").unwrap();
    let config = Config::parse(&text, &file).unwrap();
    generate(&config, SystemClock.now(), &SystemRandom).unwrap();
    let keys = Keys::read(&config).unwrap();
    let ledger = MemoryLedger::new();
    let (origin, signing) = publisher();
    let jwk = PublicJwk::new(signing.public().unwrap()).to_json().finish();
    let registered = Publisher {
        origin,
        name: "The Example".to_owned(),
        keys: format!("{{\"keys\":[{jwk}]}}"),
        max_price: Micro::new(1_000_000).unwrap(),
        fee_basis_points: 1_000,
        offers_valid_from: farthing_core::time::Timestamp::default(),
        withdrawals: Vec::new(),
    };
    ledger.put_publisher(registered).await.unwrap();
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    let issuer = Issuer::open(config, keys, ledger, clock, random, None).await;
    let issuer = Arc::new(issuer.unwrap());
    let stored = issuer.ledger().newest_manifest().await.unwrap().unwrap();
    let body = issuer.ledger().manifest_body(stored.body_hash).await;
    let body = body.unwrap().unwrap();
    let head = Head::parse(&stored.head).unwrap();
    let pin = Pin {
        n: head.n(),
        hash: head.hash(),
    };
    let manifest = walk(issuer.id(), None, Some(&pin), &[head], &body, issuer.now());
    World {
        issuer,
        manifest: manifest.unwrap(),
        seed: Seed::new([3; 32]),
        counters: Counters::default(),
        orders: 0,
    }
}

/// Processor time of this process, in steps of ten milliseconds.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks = fields.split_whitespace().skip(11).take(2);
    Duration::from_millis(ticks.map(|n| n.parse::<u64>().unwrap() * 10).sum())
}

fn per(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e3 / count as f64
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| arguments.next().map_or(default, |n| n.parse().unwrap());
    let (count, articles) = (number(500), number(20));
    let operations = arguments
        .next()
        .map(|name| format!("operations = \"{name}\""));
    let folder = tempfile::tempdir().unwrap();
    let mut world = open(folder.path(), &operations.unwrap_or_default()).await;
    let articles: Vec<Article> = (0..articles).map(|n| article(&world, n)).collect();
    let turns = articles.iter().cycle().take(count);
    let requests: Vec<String> = turns.map(|a| world.request(a).to_json()).collect();
    let pouch: Vec<Output> = (0..50).flat_map(|_| world.outputs(CHANGE)).collect();

    let before = processor_time();
    let mut answers = Vec::with_capacity(count);
    for text in &requests {
        let issuer = Arc::clone(&world.issuer);
        answers.push(redeem(&issuer, text.clone()).await.unwrap());
    }
    let redeemed = processor_time() - before;
    for answer in &answers {
        let answer = RedeemResponse::parse(answer).unwrap();
        assert_eq!(answer.change.len(), 2);
    }
    println!("redemption                {:.3} ms", per(redeemed, count));

    let before = processor_time();
    for turn in 0..20 {
        let binding = Binding::new([turn; 32]);
        let evaluated = world.issuer.in_force().evaluate(&binding, &pouch).unwrap();
        assert_eq!(evaluated.len(), 2);
    }
    let drawn = processor_time() - before;
    println!("evaluating a hundred      {:.2} ms", per(drawn, 20));

    for operations in [Operations::Native, Operations::Reference] {
        parts(&*operations.open().unwrap(), &requests, &pouch, &articles);
    }
}

/// What each key operation costs, and reading a request.
fn parts(ops: &dyn KeyOps, requests: &[String], pouch: &[Output], articles: &[Article]) {
    const TIMES: usize = 2_000;
    let line = |name: &str, work: &mut dyn FnMut()| {
        let before = processor_time();
        (0..TIMES).for_each(|_| work());
        let each = per(processor_time() - before, TIMES);
        println!("{:10} {name:30} {:7.0} µs", ops.name(), each * 1e3);
    };
    let secret = [5; 32];
    let (tokens, signing) = (ops.token_key(&secret), ops.signing_key(&secret));
    let (tokens, signing) = (tokens.unwrap(), signing.unwrap());
    let opening = ops.opening_key(&secret).unwrap();
    let issuer = articles.first().unwrap().price.issuer.clone();
    let request = || RedeemRequest::parse(requests.first().unwrap().as_bytes(), &issuer).unwrap();
    let (request, element) = (request(), &pouch.first().unwrap().blinded);
    let input = request.fields().inputs.first().unwrap();
    let (keyset, binding) = (input.keyset, *request.binding());
    let mac = request.macs().first().unwrap();
    line("recognise a token", &mut || {
        let output = tokens.recognise(&issuer, &keyset, &input.nonce, &binding, mac);
        assert!(output.is_err());
    });
    line("evaluate one element", &mut || {
        tokens.evaluate(&keyset, &binding, &[element]).unwrap();
    });
    line("sign", &mut || {
        signing.sign(b"a grant").unwrap();
    });
    let signature = signing.sign(b"an offer").unwrap();
    line("verify an offer's signature", &mut || {
        let key = signing.public_key();
        assert!(ops.verify(key, b"an offer", &signature).unwrap());
    });
    let content = ContentKey::new([7; 32]);
    line("seal a content key", &mut || {
        ops.seal(opening.public_key(), b"", &content, &[1; 32])
            .unwrap();
    });
    let sealed = ops.seal(opening.public_key(), b"", &content, &[1; 32]);
    let sealed = sealed.unwrap();
    line("open a wrap", &mut || {
        opening.open(b"", &sealed).unwrap();
    });
    let text = requests.first().unwrap().as_bytes();
    line("read a request", &mut || {
        RedeemRequest::parse(text, &issuer).unwrap();
    });
    let hash =
        |text: &str| (!text.is_empty()).then_some(farthing_core::id::OfferHash::new([1; 32]));
    line("read one whose offer is known", &mut || {
        RedeemRequest::parse_knowing(text, &issuer, hash).unwrap();
    });
}
