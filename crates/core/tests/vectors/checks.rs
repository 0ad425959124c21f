//! What each check asks, in terms of the core's public functions.

use farthing_core::answer::PackedAnswer;
use farthing_core::bytes::{from_b64u, to_b64u};
use farthing_core::content::{ContentKey, SealedPart, open};
use farthing_core::disclosure::Disclosure;
use farthing_core::gift::GiftLink;
use farthing_core::grant::{Grant, Opening, Paid, grant_id};
use farthing_core::hpke::{SealingSecret, key_info, wrap_info};
use farthing_core::id::{
    Binding, GrantId, GrantSalt, HeadHash, KeyCommit, KeysetId, Mac, Nonce, OfferHash, OrderId,
};
use farthing_core::issuer::KeysetSecret;
use farthing_core::json::{MAX_REQUEST, parse_object};
use farthing_core::jwk::Kid;
use farthing_core::jws::verify_es256;
use farthing_core::keyset::Keyset;
use farthing_core::manifest::{Body, Head, Pin, Trust, walk};
use farthing_core::money::{Currency, Micro};
use farthing_core::offer::{Offer, UnverifiedOffer};
use farthing_core::origin::{IssuerId, OriginPolicy, PageOrigin, PublisherId};
use farthing_core::point::Point;
use farthing_core::publisher_document::PublisherDocument;
use farthing_core::request::{
    AnswerRequest, AnswerResponse, DrawRequest, DrawResponse, OrderRequest, RebindRequest,
    RedeemRequest, RedeemResponse, RefundRequest, SwapRequest, SwapResponse,
};
use farthing_core::resource::{Resource, ResourceError, Version};
use farthing_core::sign::SecretKey;
use farthing_core::time::Timestamp;
use farthing_core::token::{Token, nullifier, voprf_input};
use farthing_core::wallet::{
    Counters, FreshToken, Phrase, Pouch, Seed, draw, finish_draw, finish_payment, finish_swap,
    open_answer,
};
use serde_json::{Value, json};

/// The members to compare, or the code of the refusal.
type Answer = Result<Value, &'static str>;

pub(crate) fn answer(check: &str, input: &Value) -> Answer {
    match check {
        "json" => json_texts(input),
        "origin" => origins(input),
        "resource" => resources(input),
        "keyset" => keyset(input),
        "nullifier" => token_names(input),
        "mac" => mac(input),
        "token" => token(input),
        "phrase" => phrase(input),
        "token_secret" => token_secret(input),
        "claim_key" => claim_key(input),
        "redemption_secret" => redemption_secret(input),
        "manifest" => manifest(input),
        "offer" => offer(input),
        "part" => part(input),
        "wrap" => wrap(input),
        "release" => release(input),
        "key_release" => key_release(input),
        "grant" => grant(input),
        "gift_secret" => gift_secret(input),
        "gift_link" => gift_link(input),
        "rebind_request" => rebind_request(input),
        "refund_request" => refund_request(input),
        "order_request" => order_request(input),
        "draw_request" => draw_request(input),
        "redeem_request" => redeem_request(input),
        "swap_request" => swap_request(input),
        "answer_request" => answer_request(input),
        "disclosure" => disclosure(input),
        "draw" => drawn(input),
        "payment" => payment(input),
        "swap" => swapped(input),
        "answer" => stored_answer(input),
        _ => panic!("no such check: {check}"),
    }
}

fn text<'a>(input: &'a Value, name: &str) -> &'a str {
    input[name].as_str().unwrap_or_else(|| panic!("{name}"))
}

fn bytes(input: &Value, name: &str) -> Vec<u8> {
    from_b64u(text(input, name)).unwrap()
}

fn array<const N: usize>(input: &Value, name: &str) -> [u8; N] {
    bytes(input, name).try_into().unwrap()
}

fn issuer(input: &Value) -> IssuerId {
    IssuerId::parse(text(input, "issuer"), OriginPolicy::HttpsOnly).unwrap()
}

fn now(input: &Value) -> Timestamp {
    Timestamp::new(input["now"].as_u64().unwrap()).unwrap()
}

fn body(input: &Value) -> Body {
    Body::parse(text(input, "manifest").as_bytes()).unwrap()
}

fn seed(input: &Value) -> Seed {
    Seed::new(array(input, "seed"))
}

fn texts<'a>(input: &'a Value, name: &str) -> impl Iterator<Item = &'a str> {
    input[name]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap())
}

/// All refused with one code, or none: a list in which some are is neither.
fn all_alike<T>(results: Vec<Result<T, &'static str>>) -> Result<Vec<T>, &'static str> {
    let refused: Vec<_> = results
        .iter()
        .map(|result| result.as_ref().err().copied())
        .collect();
    let first = refused[0];
    if refused.iter().all(|code| *code == first) {
        results.into_iter().collect()
    } else {
        panic!("some are refused and some are not: {refused:?}")
    }
}

fn json_texts(input: &Value) -> Answer {
    let read = |text: &str| parse_object(text.as_bytes(), MAX_REQUEST).map_err(|e| e.code());
    all_alike(texts(input, "texts").map(read).collect()).map(|_| json!({}))
}

fn origins(input: &Value) -> Answer {
    let policy = if input["sandbox"] == true {
        OriginPolicy::LoopbackHttp
    } else {
        OriginPolicy::HttpsOnly
    };
    let read = |text| IssuerId::parse(text, policy).ok_or("malformed");
    all_alike(texts(input, "texts").map(read).collect()).map(|_| json!({}))
}

fn resources(input: &Value) -> Answer {
    let read = |path| {
        let resource = Resource::normalise(path).map_err(|error| match error {
            ResourceError::Query => "unsupported",
            ResourceError::Refused => "malformed",
        })?;
        Ok(resource.as_str().to_owned())
    };
    let normal = all_alike(texts(input, "paths").map(read).collect())?;
    Ok(json!({ "normal": normal }))
}

fn keyset(input: &Value) -> Answer {
    let object = parse_object(input["keyset"].to_string().as_bytes(), MAX_REQUEST).unwrap();
    let currency = Currency::parse(text(input, "currency")).unwrap();
    let unit = Micro::new(input["unit"].as_u64().unwrap()).unwrap();
    let unit_of = |wanted| (wanted == currency).then_some(unit);
    let issuer = issuer(input);
    let keyset = object.read(|object| Keyset::read(object, &issuer, unit_of));
    let keyset = keyset.map_err(|e| e.code())?;
    Ok(json!({ "id": keyset.id().to_b64u() }))
}

fn token_names(input: &Value) -> Answer {
    let (keyset, nonce) = (
        KeysetId::new(array(input, "keyset")),
        Nonce::new(array(input, "nonce")),
    );
    let issuer = issuer(input);
    Ok(json!({
        "voprf_input": to_b64u(&voprf_input(&issuer, &keyset, &nonce)),
        "nullifier": nullifier(&issuer, &keyset, &nonce).to_b64u(),
    }))
}

fn mac(input: &Value) -> Answer {
    let token = Token::parse(&bytes(input, "token")).ok_or("token_corrupt")?;
    let mac = token.output().mac(&Binding::new(array(input, "binding")));
    Ok(json!({ "mac": mac.to_b64u() }))
}

fn token(input: &Value) -> Answer {
    let secret = KeysetSecret::from_bytes(&array(input, "keyset_secret")).unwrap();
    let (keyset, nonce) = (
        KeysetId::new(array(input, "keyset")),
        Nonce::new(array(input, "nonce")),
    );
    let (binding, mac) = (
        Binding::new(array(input, "binding")),
        Mac::new(array(input, "mac")),
    );
    let output = secret.authenticate(&issuer(input), &keyset, &nonce, &binding, &mac);
    output.map(|_| json!({})).map_err(|_| "token_invalid")
}

/// The core keeps nonce and blind to itself: they are checked by the blinded element of a draw with that counter, made
/// here once more from the vector's own blind.
fn token_secret(input: &Value) -> Answer {
    use p256::NistP256;
    use voprf_ng::VoprfClient;

    let body = body(input);
    let id = KeysetId::new(array(input, "keyset"));
    let keyset = body.keyset(&id).unwrap();
    let counter = u32::try_from(input["counter"].as_u64().unwrap()).unwrap();
    let pouch = Pouch {
        order: OrderId::new([0; 16]),
        claim_counter: 0,
        number: 0,
        mix: "",
        rest: keyset.denomination(),
        currency: keyset.currency(),
    };
    let now = Timestamp::new(farthing_testkit::NOW).unwrap();
    let mut counters = Counters::new([(id, counter)]);
    let request = draw(&body, &seed(input), &pouch, &mut counters, now).unwrap();
    let blinded = request.fields().elements[0].blinded.bytes();

    let (nonce, blind, voprf_input) = derived_token(input, &id, counter);
    let result =
        VoprfClient::<NistP256>::deterministic_blind_unchecked(&voprf_input, blind).unwrap();
    assert_eq!(
        result.message.serialize().as_slice(),
        blinded,
        "the core derives another blinded element"
    );
    Ok(
        json!({ "nonce": to_b64u(&nonce), "blind": to_b64u(&blind.to_bytes()), "voprf_input": to_b64u(&voprf_input) }),
    )
}

fn derived_token(
    input: &Value,
    keyset: &KeysetId,
    counter: u32,
) -> ([u8; 32], p256::Scalar, Vec<u8>) {
    use farthing_core::bytes::Transcript;
    use p256::elliptic_curve::array::{Array, typenum::U48};
    use p256::elliptic_curve::ops::Reduce;

    let issuer = issuer(input);
    let info = Transcript::new("farthing/v1/token")
        .lp(issuer.bytes())
        .fixed(keyset.bytes())
        .be32(0)
        .be32(counter);
    let mut secret = [0; 80];
    hkdf::Hkdf::<sha2::Sha256>::new(None, &bytes(input, "seed"))
        .expand(&info.bytes(), &mut secret)
        .unwrap();
    let nonce: [u8; 32] = secret[..32].try_into().unwrap();
    let wide: [u8; 48] = secret[32..].try_into().unwrap();
    let blind = <p256::Scalar as Reduce<Array<u8, U48>>>::reduce(&wide.into());
    (
        nonce,
        blind,
        voprf_input(&issuer, keyset, &Nonce::new(nonce)),
    )
}

fn phrase(input: &Value) -> Answer {
    let phrase = Phrase::parse(text(input, "words")).map_err(|e| e.code())?;
    let again = Phrase::parse(&phrase.words().join(" ")).unwrap();
    assert_eq!(again.bytes(), phrase.bytes(), "its own words are read back");
    let bytes = to_b64u(phrase.bytes().as_slice());
    Ok(json!({ "bytes": bytes, "seed": to_b64u(phrase.seed_bytes().as_slice()) }))
}

fn claim_key(input: &Value) -> Answer {
    let counter = u32::try_from(input["counter"].as_u64().unwrap()).unwrap();
    let claim = seed(input).claim(&issuer(input), counter).unwrap();
    // The core never gives the secret away; that it is this one shows in what it signs.
    let secret = SecretKey::from_bytes(&expected_secret(input, counter)).unwrap();
    let binding = Binding::new([7; 32]);
    assert_eq!(claim.sign(&binding), secret.sign(binding.bytes()));
    Ok(
        json!({ "secret": to_b64u(&expected_secret(input, counter)), "public": to_b64u(claim.public().bytes()) }),
    )
}

fn expected_secret(input: &Value, counter: u32) -> [u8; 32] {
    use farthing_core::bytes::Transcript;
    use p256::elliptic_curve::array::{Array, typenum::U48};
    use p256::elliptic_curve::ops::Reduce;

    let info = Transcript::new("farthing/v1/claim")
        .lp(issuer(input).bytes())
        .be32(0)
        .be32(counter);
    let mut wide = [0_u8; 48];
    hkdf::Hkdf::<sha2::Sha256>::new(None, &bytes(input, "seed"))
        .expand(&info.bytes(), &mut wide)
        .unwrap();
    <p256::Scalar as Reduce<Array<u8, U48>>>::reduce(&wide.into())
        .to_bytes()
        .into()
}

fn redemption_secret(input: &Value) -> Answer {
    let (keyset, nonce) = (
        KeysetId::new(array(input, "lead_keyset")),
        Nonce::new(array(input, "lead_nonce")),
    );
    let secrets = seed(input)
        .redemption(&issuer(input), &keyset, &nonce)
        .unwrap();
    let sealing = to_b64u(secrets.sealing_public.bytes());
    Ok(json!({
        "cnf": to_b64u(secrets.cnf.bytes()),
        "sealing": sealing,
        "sealing_secret": sealing_secret(input, &sealing),
        "salt": secrets.salt.to_b64u(),
    }))
}

/// The secret whose public half the core derived.
fn sealing_secret(input: &Value, public: &str) -> String {
    use farthing_core::bytes::Transcript;
    use p256::elliptic_curve::array::{Array, typenum::U48};
    use p256::elliptic_curve::ops::Reduce;

    let info = Transcript::new("farthing/v1/seal")
        .lp(issuer(input).bytes())
        .fixed(&bytes(input, "lead_keyset"))
        .fixed(&bytes(input, "lead_nonce"));
    let mut wide = [0_u8; 48];
    hkdf::Hkdf::<sha2::Sha256>::new(None, &bytes(input, "seed"))
        .expand(&info.bytes(), &mut wide)
        .unwrap();
    let secret: [u8; 32] = <p256::Scalar as Reduce<Array<u8, U48>>>::reduce(&wide.into())
        .to_bytes()
        .into();
    let derived = SealingSecret::from_bytes(&secret)
        .unwrap()
        .public()
        .unwrap();
    assert_eq!(to_b64u(derived.bytes()), public);
    to_b64u(&secret)
}

fn pin(value: &Value) -> Pin {
    Pin {
        n: value["n"].as_u64().unwrap(),
        hash: HeadHash::parse(text(value, "hash")).unwrap(),
    }
}

fn manifest(input: &Value) -> Answer {
    let heads: Result<Vec<Head>, _> = texts(input, "heads").map(Head::parse).collect();
    // What is no head at all is damage (R14).
    let heads = heads.map_err(|_| "manifest_invalid")?;
    let trust = input.get("stored").map(|stored| Trust {
        pin: pin(stored),
        kids: texts(stored, "kids")
            .map(|kid| Kid::parse(kid).unwrap())
            .collect(),
    });
    let pinned = input.get("pin").map(pin);
    let body = text(input, "body").as_bytes();
    let walked = walk(
        &issuer(input),
        trust.as_ref(),
        pinned.as_ref(),
        &heads,
        body,
        now(input),
    );
    let newest = walked.map_err(|e| e.code())?.trust().pin;
    Ok(json!({ "n": newest.n, "hash": newest.hash.to_b64u() }))
}

fn verified_offer(input: &Value) -> Result<Offer, &'static str> {
    let document = PublisherDocument::parse(text(input, "document").as_bytes()).unwrap();
    let offer = UnverifiedOffer::parse(text(input, "offer")).map_err(|_| "offer_invalid")?;
    offer
        .verify(&document.publisher, &document.keys)
        .map_err(|e| e.code())
}

fn offer(input: &Value) -> Answer {
    let offer = verified_offer(input)?;
    let time = match text(input, "clock") {
        "issuer" => offer.check_time(now(input)),
        _ => offer.check_time_as_hint(now(input)),
    };
    let page = PageOrigin::parse(text(input, "page"), OriginPolicy::HttpsOnly).unwrap();
    time.map_err(|e| e.code())?;
    offer
        .check_audience(&page, text(input, "path"))
        .map_err(|e| e.code())?;
    Ok(
        json!({ "offer_hash": offer.hash().to_b64u(), "key_commit": offer.claims().key_commit.to_b64u() }),
    )
}

fn part(input: &Value) -> Answer {
    let offer = verified_offer(input)?;
    let sealed = bytes(input, "part");
    let part = SealedPart::parse(&sealed).ok_or("content_mismatch")?;
    offer.check_part(&part).map_err(|e| e.code())?;
    let key = ContentKey::new(array(input, "cek"));
    if key.commit() != offer.claims().key_commit {
        // Were it not for the commitment, the chunks would tell.
        assert_eq!(open(&part, &key).unwrap_err().code(), "content_corrupt");
        return Err("key_mismatch");
    }
    let text = open(&part, &key).map_err(|e| e.code())?;
    Ok(
        json!({ "ct_hash": part.ct_hash().to_b64u(), "key_commit": key.commit().to_b64u(), "text": to_b64u(&text) }),
    )
}

fn wrap(input: &Value) -> Answer {
    let secret = SealingSecret::from_bytes(&array(input, "sealing_secret")).unwrap();
    let kid = Kid::of(&secret.public().unwrap());
    let info = wrap_info(
        &issuer(input),
        &kid,
        &OfferHash::new(array(input, "offer_hash")),
    );
    let key = secret
        .open(&info, &array(input, "wrap"))
        .map_err(|_| "wrap_invalid")?;
    if key.commit() != KeyCommit::new(array(input, "key_commit")) {
        return Err("key_mismatch");
    }
    Ok(json!({ "cek": to_b64u(key.bytes()) }))
}

fn release(input: &Value) -> Answer {
    let (keyset, nonce) = (
        KeysetId::new(array(input, "lead_keyset")),
        Nonce::new(array(input, "lead_nonce")),
    );
    let secrets = seed(input)
        .redemption(&issuer(input), &keyset, &nonce)
        .unwrap();
    let info = key_info(&Binding::new(array(input, "binding")));
    let key = secrets
        .sealing
        .open(&info, &array(input, "key"))
        .map_err(|_| "key_mismatch")?;
    if key.commit() != KeyCommit::new(array(input, "key_commit")) {
        return Err("key_mismatch");
    }
    Ok(json!({ "cek": to_b64u(key.bytes()) }))
}

fn grant(input: &Value) -> Answer {
    let body = body(input);
    let grant = Grant::verify(text(input, "grant"), &body.issuer, &body.signing_keys)
        .map_err(|e| e.code())?;
    let opening = &input["opening"];
    let opening = Opening {
        salt: GrantSalt::new(array(opening, "salt")),
        resource: Resource::parse(text(opening, "resource")).unwrap(),
        version: Version::parse(text(opening, "version")).unwrap(),
        offer_hash: OfferHash::new(array(opening, "offer_hash")),
        key_commit: KeyCommit::new(array(opening, "key_commit")),
    };
    let publisher = PublisherId::parse(text(input, "publisher"), OriginPolicy::HttpsOnly).unwrap();
    let cnf = Point::parse(array(input, "cnf")).unwrap();
    grant
        .check_subject(&publisher, &opening, &cnf)
        .map_err(|e| e.code())?;
    let claims = grant.claims();
    let asked = claims.paid == Paid::Money
        && claims.amount.get() == input["amount"].as_u64().unwrap()
        && claims.currency.as_str() == text(input, "currency")
        && claims.giver.is_none()
        && claims.id == grant_id(&Binding::new(array(input, "binding")));
    if !asked {
        return Err("grant_invalid");
    }
    Ok(json!({ "subject": claims.subject.to_b64u(), "jti": claims.id.to_b64u() }))
}

fn gift_secret(input: &Value) -> Answer {
    let (issuer, seed) = (issuer(input), seed(input));
    let keyset = KeysetId::new(array(input, "lead_keyset"));
    let nonce = Nonce::new(array(input, "lead_nonce"));
    let secret = seed.gift(&issuer, &keyset, &nonce);
    let public = |key: Option<SecretKey>| to_b64u(key.unwrap().public().unwrap().bytes());
    let jti = GrantId::new(array(input, "jti"));
    Ok(json!({
        "secret": to_b64u(secret.bytes()),
        "cnf": public(secret.cnf()),
        "sealing": to_b64u(secret.sealing().unwrap().public().unwrap().bytes()),
        "giver": public(seed.giver(&issuer, &keyset, &nonce)),
        "rebound": public(seed.rebound(&issuer, &jti)),
    }))
}

fn gift_link(input: &Value) -> Answer {
    let link = GiftLink::parse(text(input, "fragment")).ok_or("malformed")?;
    let opening = &link.opening;
    let sealing = link.secret.sealing().unwrap().public().unwrap();
    Ok(json!({
        "issuer": link.issuer.as_str(),
        "binding": link.binding.to_b64u(),
        "jti": grant_id(&link.binding).to_b64u(),
        "key": to_b64u(&link.key),
        "salt": opening.salt.to_b64u(),
        "resource": opening.resource.as_str(),
        "version": opening.version.as_str(),
        "offer_hash": opening.offer_hash.to_b64u(),
        "key_commit": opening.key_commit.to_b64u(),
        "ct_hash": link.ct_hash.to_b64u(),
        "length": link.length,
        "media_type": link.media_type,
        "cnf": to_b64u(link.secret.cnf().unwrap().public().unwrap().bytes()),
        "sealing": to_b64u(sealing.bytes()),
        "grant": link.grant().unwrap(),
    }))
}

/// As an issuer reads it, up to what is recorded.
fn rebind_request(input: &Value) -> Answer {
    let (issuer, body) = (issuer(input), body(input));
    let request = RebindRequest::parse(text(input, "request").as_bytes(), &issuer);
    let request = request.map_err(|e| e.code())?;
    let fields = request.fields();
    let grant = Grant::verify(&fields.grant, &issuer, &body.signing_keys);
    let grant = grant.map_err(|e| e.code())?;
    let giver = grant.claims().giver.ok_or("grant_invalid")?;
    let by = match fields.giver {
        Some(key) if Kid::of(&key) == giver => key,
        Some(_) => return Err("grant_invalid"),
        None => grant.claims().cnf,
    };
    let signed = [(by, request.signature()), (fields.cnf, request.proof())];
    let binding = request.binding().bytes();
    if !signed
        .iter()
        .all(|(key, signature)| verify_es256(key, binding, signature))
    {
        return Err("grant_signature");
    }
    Ok(json!({ "binding": to_b64u(binding), "record": grant.claims().id.to_b64u() }))
}

/// As an issuer reads it, up to the right's mac.
fn refund_request(input: &Value) -> Answer {
    let (issuer, body) = (issuer(input), body(input));
    let request = RefundRequest::parse(text(input, "request").as_bytes(), &issuer);
    let request = request.map_err(|e| e.code())?;
    let fields = request.fields();
    let grant = Grant::verify(&fields.grant, &issuer, &body.signing_keys);
    let grant = grant.map_err(|e| e.code())?;
    let binding = request.binding().bytes();
    if !verify_es256(&grant.claims().cnf, binding, request.signature()) {
        return Err("grant_signature");
    }
    Ok(json!({
        "binding": to_b64u(binding),
        "record": grant.claims().id.to_b64u(),
        "nullifier": fields.right.nullifier.to_b64u(),
    }))
}

fn order_request(input: &Value) -> Answer {
    let (issuer, request) = (issuer(input), text(input, "request"));
    let request = OrderRequest::parse(request.as_bytes()).map_err(|e| e.code())?;
    if !request.is_signed(&issuer) {
        return Err("claim_signature");
    }
    let fields = request.fields();
    Ok(
        json!({ "binding": fields.binding(&issuer).to_b64u(), "order": fields.order_id(&issuer).to_b64u() }),
    )
}

fn draw_request(input: &Value) -> Answer {
    let (issuer, request) = (issuer(input), text(input, "request"));
    let order = OrderId::new(array(input, "order"));
    let request = DrawRequest::parse(request.as_bytes(), order).map_err(|e| e.code())?;
    let claim = Point::parse(array(input, "claim")).unwrap();
    if !request.is_signed(&issuer, &claim) {
        return Err("claim_signature");
    }
    Ok(json!({ "binding": request.fields().binding(&issuer).to_b64u() }))
}

fn redeem_request(input: &Value) -> Answer {
    let request = text(input, "request");
    let request = RedeemRequest::parse(request.as_bytes(), &issuer(input)).map_err(|e| e.code())?;
    let inputs = request.fields().inputs.iter();
    let nullifiers: Vec<String> = inputs.map(|input| input.nullifier.to_b64u()).collect();
    Ok(json!({ "binding": request.binding().to_b64u(), "nullifiers": nullifiers }))
}

fn swap_request(input: &Value) -> Answer {
    let (request, issuer) = (text(input, "request"), issuer(input));
    let request = SwapRequest::parse(request.as_bytes(), &issuer).map_err(|e| e.code())?;
    let inputs = &request.fields().inputs;
    let nullifiers = inputs.iter().map(|input| input.token.nullifier.to_b64u());
    let shown = inputs.iter().map(|input| {
        let blind = input.blind.as_ref();
        let element = blind.map(|b| b.element(&issuer, &input.token.keyset, &input.token.nonce));
        element.map_or_else(String::new, |element| to_b64u(element.unwrap().bytes()))
    });
    Ok(json!({
        "binding": request.binding().to_b64u(),
        "nullifiers": nullifiers.collect::<Vec<_>>(),
        "shown": shown.collect::<Vec<_>>(),
    }))
}

fn answer_request(input: &Value) -> Answer {
    let request = AnswerRequest::parse(text(input, "request").as_bytes()).map_err(|e| e.code())?;
    let binding = AnswerRequest::binding(&issuer(input), &request.keyset, &request.nonce);
    Ok(json!({ "binding": binding.to_b64u() }))
}

fn disclosure(input: &Value) -> Answer {
    let body = body(input);
    let disclosure =
        Disclosure::verify(text(input, "disclosure"), &body.issuer, &body.signing_keys);
    let disclosure = disclosure.map_err(|e| e.code())?;
    let claims = disclosure.claims();
    Ok(
        json!({ "order": claims.order.to_b64u(), "total": claims.total.get(), "value": claims.value.get() }),
    )
}

fn counters(input: &Value) -> Counters {
    let pairs = input["counters"].as_array().unwrap();
    let pair = |pair: &Value| {
        let next = u32::try_from(pair["next"].as_u64().unwrap()).unwrap();
        (KeysetId::new(array(pair, "keyset")), next)
    };
    Counters::new(pairs.iter().map(pair))
}

fn kept(tokens: &[FreshToken]) -> Vec<String> {
    tokens
        .iter()
        .map(|fresh| to_b64u(&fresh.token.to_bytes()))
        .collect()
}

fn drawn(input: &Value) -> Answer {
    let order = OrderId::new(array(input, "order"));
    let request = DrawRequest::parse(text(input, "request").as_bytes(), order).unwrap();
    let response = DrawResponse::parse(text(input, "response").as_bytes()).map_err(|e| e.code())?;
    let tokens = finish_draw(
        &body(input),
        &seed(input),
        &request,
        &counters(input),
        &response,
    );
    Ok(json!({ "tokens": kept(&tokens.map_err(|e| e.code())?) }))
}

fn swapped(input: &Value) -> Answer {
    let body = body(input);
    let request = SwapRequest::parse(text(input, "request").as_bytes(), &body.issuer).unwrap();
    let response = SwapResponse::parse(text(input, "response").as_bytes()).map_err(|e| e.code())?;
    let group = usize::try_from(input["group"].as_u64().unwrap()).unwrap();
    let (seed, before) = (seed(input), counters(input));
    let tokens = finish_swap(&body, &seed, &request, group, &before, &response);
    Ok(json!({ "tokens": kept(&tokens.map_err(|e| e.code())?) }))
}

fn payment(input: &Value) -> Answer {
    let (body, seed) = (body(input), seed(input));
    let offer = verified_offer(input)?;
    let request = RedeemRequest::parse(text(input, "request").as_bytes(), &body.issuer).unwrap();
    let response =
        RedeemResponse::parse(text(input, "response").as_bytes()).map_err(|e| e.code())?;
    let sealed = response.key;
    let before = counters(input);
    let purchase = finish_payment(&body, &seed, &offer, &request, &before, &response)
        .and_then(|(decryption, sealed)| sealed.opened(decryption.open().as_deref()));
    let purchase = purchase.map_err(|e| e.code())?;
    let secrets = seed
        .redemption(&body.issuer, &purchase.lead_keyset, &purchase.lead_nonce)
        .unwrap();
    let key = secrets
        .sealing
        .open(&key_info(&purchase.binding), &sealed)
        .unwrap();
    Ok(json!({ "cek": to_b64u(key.bytes()), "change": kept(&purchase.change) }))
}

fn stored_answer(input: &Value) -> Answer {
    let tokens =
        texts(input, "tokens").map(|token| Token::parse(&from_b64u(token).unwrap()).unwrap());
    let tokens: Vec<Token> = tokens.collect();
    let response =
        AnswerResponse::parse(text(input, "response").as_bytes()).map_err(|e| e.code())?;
    let issuer = issuer(input);
    let answer = open_answer(&issuer, &tokens, &response).map_err(|e| e.code())?;
    let stored = answer.open().ok_or("answer_invalid")?;
    let packed = PackedAnswer::parse(&stored).ok_or("answer_invalid")?;
    assert_eq!(*packed.to_bytes(), stored);
    let is_lead = |token: &&Token| token.nullifier(&issuer) == response.lead;
    let lead = tokens.iter().find(is_lead).unwrap();
    let secrets = seed(input).redemption(&issuer, lead.keyset(), lead.nonce());
    let binding = &response.binding;
    Ok(match packed {
        PackedAnswer::Redeem { key, grant } => json!({
            "operation": "redeem",
            "cek": to_b64u(key.bytes()),
            "grant": grant.text(&issuer, binding, &secrets.unwrap().cnf, None),
        }),
        PackedAnswer::Gift { .. } => return Err("unsupported"),
        PackedAnswer::Refund => json!({ "operation": "refund" }),
        PackedAnswer::Swap => json!({ "operation": "swap" }),
    })
}

/// The issuer's side: the same request gets the same bytes (R26).
fn key_release(input: &Value) -> Answer {
    let lead = Token::parse(&bytes(input, "lead")).unwrap();
    let binding = Binding::new(array(input, "binding"));
    let to = Point::parse(array(input, "sealing")).unwrap();
    let ikm = lead.output().release_ikm(&binding);
    let sealed = farthing_core::hpke::seal(
        &to,
        &key_info(&binding),
        &ContentKey::new(array(input, "cek")),
        &mut |random| random.copy_from_slice(ikm.as_ref()),
    );
    Ok(json!({ "key": to_b64u(&sealed.unwrap()) }))
}
