//! Requests as an issuer reads them, and their bindings (R22, R23).

use super::wallets::{Scene, compact};
use super::{Folder, b64u, no_point, parsed, with};
use farthing_core::request::{AnswerRequest, OrderRequest, RedeemRequest};
use serde_json::{Value, json};

/// Faults that every request may have.
fn malformed(folder: &mut Folder, input: &Value, body: &str) {
    let text = |text: String| with(input, "/request", text);
    let faults = [
        ("truncated", body[..body.len() - 1].to_owned()),
        ("extra_member", body.replacen('{', "{\"extra\":1,", 1)),
        ("bytes_after", format!("{body}x")),
        (
            "longer_than_64_kib",
            format!("{body}{}", " ".repeat(64 * 1024)),
        ),
        ("array", format!("[{body}]")),
    ];
    for (fault, request) in faults {
        folder.bad(
            fault,
            "Not the JSON that R3 asks for.",
            "R3",
            &text(request),
            "malformed",
        );
    }
}

/// Section 9, order.
pub(super) fn orders(scene: &Scene) -> Folder {
    let mut folder = Folder::new("order_request");
    let (text, body) = (&scene.order.0, parsed(&scene.order.0));
    let input = json!({ "issuer": scene.issuer.id.as_str(), "request": text });
    let order = OrderRequest::parse(text.as_bytes()).unwrap();
    let binding = order.fields().binding(&scene.issuer.id);
    let expect = json!({ "binding": b64u(binding.bytes()), "order": b64u(scene.order_id.bytes()) });
    folder.good(
        "load",
        "A load of 0.50, signed by its claim key.",
        "R22",
        &input,
        &expect,
    );
    malformed(&mut folder, &input, text);
    let changed = |pointer: &str, value: Value| {
        with(&input, "/request", with(&body, pointer, value).to_string())
    };
    let unsigned = [
        ("amount", changed("/amount", 500_001.into())),
        ("currency", changed("/currency", "KRW".into())),
        ("terms", changed("/terms", b64u([1; 32]))),
        ("issuer", with(&input, "/issuer", "https://other.example")),
        ("signature", changed("/signature", b64u([1; 64]))),
    ];
    for (fault, input) in unsigned {
        folder.bad(
            &format!("signature_over_another_{fault}"),
            "The claim key did not sign this.",
            "R22",
            &input,
            "claim_signature",
        );
    }
    let bad = [
        ("claim_no_point", "/claim", no_point()),
        ("claim_in_compact_form", "/claim", compact(&body["claim"])),
        ("amount_with_fraction", "/amount", 0.5.into()),
        ("currency_in_small_letters", "/currency", "eur".into()),
        ("signature_63_bytes", "/signature", b64u([1; 63])),
    ];
    for (fault, pointer, value) in bad {
        folder.bad(
            fault,
            "A member is not of its form.",
            "section 10",
            &changed(pointer, value),
            "malformed",
        );
    }
    folder
}

/// Section 9, draw.
pub(super) fn draws(scene: &Scene) -> Folder {
    let mut folder = Folder::new("draw_request");
    let text = scene.draw.0.to_json();
    let body = parsed(&text);
    let input = json!({ "issuer": scene.issuer.id.as_str(), "order": b64u(scene.order_id.bytes()), "claim": scene.claim(), "request": text });
    let binding = scene.draw.0.fields().binding(&scene.issuer.id);
    folder.good(
        "pouch",
        "The first pouch of an order.",
        "R22",
        &input,
        &json!({ "binding": b64u(binding.bytes()) }),
    );
    malformed(&mut folder, &input, &text);
    let changed = |pointer: &str, value: Value| {
        with(&input, "/request", with(&body, pointer, value).to_string())
    };
    let (first, second) = (body["elements"][0].clone(), body["elements"][1].clone());
    let mut elements = body["elements"].as_array().unwrap().clone();
    elements.swap(0, 1);
    let unsigned = [
        ("manifest", changed("/manifest", 2.into())),
        ("pouch", changed("/pouch", 1.into())),
        ("mix", changed("/mix", "2.00".into())),
        ("order_of_elements", changed("/elements", elements.into())),
        ("order", with(&input, "/order", b64u([1; 16]))),
        ("issuer", with(&input, "/issuer", "https://other.example")),
    ];
    for (fault, input) in unsigned {
        folder.bad(
            &format!("signature_over_another_{fault}"),
            "The claim key did not sign this.",
            "R22",
            &input,
            "claim_signature",
        );
    }
    let bad = [
        (
            "element_no_point",
            "/elements/0/blinded",
            no_point(),
            "element_invalid",
        ),
        (
            "element_identity",
            "/elements/0/blinded",
            b64u([0; 33]),
            "element_invalid",
        ),
        (
            "element_in_compact_form",
            "/elements/0/blinded",
            compact(&first["blinded"]),
            "element_invalid",
        ),
        (
            "element_repeated",
            "/elements/1",
            first.clone(),
            "element_repeated",
        ),
        (
            "element_repeated_for_another_keyset",
            "/elements/1",
            with(&second, "/blinded", first["blinded"].clone()),
            "element_repeated",
        ),
        (
            "elements_65",
            "/elements",
            vec![first; 65].into(),
            "malformed",
        ),
        (
            "pouch_above_32_bits",
            "/pouch",
            4_294_967_296_u64.into(),
            "malformed",
        ),
        ("mix_with_space", "/mix", "a b".into(), "malformed"),
        (
            "mix_of_17_letters",
            "/mix",
            "x".repeat(17).into(),
            "malformed",
        ),
    ];
    for (fault, pointer, value, code) in bad {
        folder.bad(
            fault,
            "An element or a member is not of its form.",
            "R23",
            &changed(pointer, value),
            code,
        );
    }
    folder
}

/// Section 9, redeem.
pub(super) fn redemptions(scene: &Scene, gift: &str) -> Folder {
    let mut folder = Folder::new("redeem_request");
    let (text, body) = (&scene.redeem.0, parsed(&scene.redeem.0));
    let input = json!({ "issuer": scene.issuer.id.as_str(), "request": text });
    let fields = scene.payment.request.fields();
    let nullifiers: Vec<Value> = fields
        .inputs
        .iter()
        .map(|input| b64u(input.nullifier.bytes()))
        .collect();
    let expect = json!({ "binding": b64u(scene.payment.request.binding().bytes()), "nullifiers": nullifiers });
    folder.good(
        "article",
        "Three coins, and change.",
        "R22",
        &input,
        &expect,
    );
    let mut later = body.clone();
    later["inputs"][0]["mac"] = b64u([1; 32]);
    folder.good(
        "mac_is_not_bound",
        "Macs are not in the binding.",
        "R22",
        &with(&input, "/request", later.to_string()),
        &expect,
    );
    let bought = RedeemRequest::parse(gift.as_bytes(), &scene.issuer.id).unwrap();
    let nullifiers = bought.fields().inputs.iter();
    let nullifiers: Vec<Value> = nullifiers.map(|i| b64u(i.nullifier.bytes())).collect();
    folder.good(
        "gift",
        "An article bought as a gift: the giver's key is in the binding.",
        "R50",
        &with(&input, "/request", gift),
        &json!({ "binding": b64u(bought.binding().bytes()), "nullifiers": nullifiers }),
    );
    let twinned = with(&body, "/offer", super::twin(&fields.offer));
    folder.good(
        "offer_signature_is_not_bound",
        "The offer counts by its hash.",
        "R22",
        &with(&input, "/request", twinned.to_string()),
        &expect,
    );
    malformed(&mut folder, &input, text);
    let changed = |pointer: &str, value: Value| {
        with(&input, "/request", with(&body, pointer, value).to_string())
    };
    let inputs = body["inputs"].as_array().unwrap();
    let reversed: Vec<_> = inputs.iter().rev().cloned().collect();
    let repeated: Vec<_> = [&inputs[0], &inputs[0]]
        .into_iter()
        .chain(&inputs[1..])
        .cloned()
        .collect();
    let outputs = &body["outputs"];
    let bad = [
        (
            "inputs_descending",
            "R23",
            "/inputs",
            reversed.into(),
            "inputs_order",
        ),
        (
            "input_repeated",
            "R23",
            "/inputs",
            repeated.into(),
            "inputs_order",
        ),
        ("no_inputs", "R23", "/inputs", json!([]), "malformed"),
        (
            "inputs_65",
            "R23",
            "/inputs",
            vec![inputs[0].clone(); 65].into(),
            "malformed",
        ),
        (
            "output_repeated",
            "R23",
            "/outputs/1",
            outputs[0].clone(),
            "element_repeated",
        ),
        (
            "output_no_point",
            "section 1",
            "/outputs/0/blinded",
            no_point(),
            "element_invalid",
        ),
        (
            "output_in_compact_form",
            "section 1",
            "/outputs/0/blinded",
            compact(&outputs[0]["blinded"]),
            "element_invalid",
        ),
        (
            "outputs_65",
            "R23",
            "/outputs",
            vec![outputs[0].clone(); 65].into(),
            "malformed",
        ),
        (
            "offer_no_jws",
            "R4",
            "/offer",
            "offer".into(),
            "offer_invalid",
        ),
        (
            "offer_is_a_grant",
            "R4",
            "/offer",
            parsed(&scene.redeem.1)["grant"].clone(),
            "offer_invalid",
        ),
        (
            "kind_data_without_a_point",
            "section 9",
            "/kind_data",
            b64u([&[2, 2][..], &[0xff; 32]].concat()),
            "unsupported",
        ),
        (
            "kind_data_reserved",
            "section 9",
            "/kind_data",
            "AQ".into(),
            "unsupported",
        ),
        ("cnf_no_point", "section 1", "/cnf", no_point(), "malformed"),
        (
            "sealing_uncompressed",
            "section 1",
            "/sealing",
            b64u([4; 65]),
            "malformed",
        ),
        (
            "wrap_112_bytes",
            "section 2",
            "/wrap",
            b64u([4; 112]),
            "malformed",
        ),
        ("amount_zero", "R17", "/price/amount", 0.into(), "malformed"),
        (
            "amount_with_exponent",
            "R3",
            "/price/amount",
            1e300.into(),
            "malformed",
        ),
        (
            "mac_too_short",
            "R11",
            "/inputs/0/mac",
            b64u([1; 31]),
            "malformed",
        ),
        (
            "token_with_its_output",
            "R11",
            "/inputs/0/y",
            b64u([1; 32]),
            "malformed",
        ),
    ];
    for (fault, rule, pointer, value, code) in bad {
        folder.bad(
            fault,
            "The issuer refuses it before it looks anything up.",
            rule,
            &changed(pointer, value),
            code,
        );
    }
    folder
}

/// Section 9, answer.
pub(super) fn questions(scene: &Scene) -> Folder {
    let mut folder = Folder::new("answer_request");
    let (text, body) = (&scene.question.0, parsed(&scene.question.0));
    let input = json!({ "issuer": scene.issuer.id.as_str(), "request": text });
    let request = AnswerRequest::parse(text.as_bytes()).unwrap();
    let binding = AnswerRequest::binding(&scene.issuer.id, &request.keyset, &request.nonce);
    folder.good(
        "spent",
        "A question about a spent token.",
        "R22",
        &input,
        &json!({ "binding": b64u(binding.bytes()) }),
    );
    malformed(&mut folder, &input, text);
    let changed = |pointer: &str, value: Value| {
        with(&input, "/request", with(&body, pointer, value).to_string())
    };
    folder.bad(
        "keyset_of_15_bytes",
        "A member is not of its form.",
        "section 1",
        &changed("/keyset", b64u([1; 15])),
        "malformed",
    );
    folder.bad(
        "mac_padded",
        "base64url has no padding.",
        "section 1",
        &changed("/mac", format!("{}=", body["mac"].as_str().unwrap()).into()),
        "malformed",
    );
    let mac = body["mac"].as_str().unwrap();
    // The last of 43 characters carries two unused bits.
    let last = match &mac[42..] {
        "A" => "B",
        "E" => "F",
        "I" => "J",
        _ => "D",
    };
    let bits = format!("{}{last}", &mac[..42]);
    folder.bad(
        "mac_with_unused_bits",
        "Unused bits of base64url are zero.",
        "section 1",
        &changed("/mac", bits.into()),
        "malformed",
    );
    folder
}

/// Section 9, swap.
pub(super) fn swaps(scene: &Scene) -> Folder {
    let mut folder = Folder::new("swap_request");
    let request = &scene.swap.request;
    let (text, body) = (request.to_json(), parsed(&request.to_json()));
    let issuer = &scene.issuer.id;
    let input = json!({ "issuer": issuer.as_str(), "request": text });
    let inputs = &request.fields().inputs;
    let nullifiers = inputs.iter().map(|i| b64u(i.token.nullifier.bytes()));
    let shown = inputs.iter().map(|input| {
        let blind = input.blind.as_ref();
        let element = blind.map(|b| b.element(issuer, &input.token.keyset, &input.token.nonce));
        element.map_or_else(|| "".into(), |element| b64u(element.unwrap().bytes()))
    });
    let expect = json!({
        "binding": b64u(request.binding().bytes()),
        "nullifiers": nullifiers.collect::<Vec<_>>(),
        "shown": shown.collect::<Vec<_>>(),
    });
    folder.good(
        "pocket",
        "Three coins, the issuance of one of them shown, for a pocket's elements and the rest.",
        "R33",
        &input,
        &expect,
    );
    let mut later = body.clone();
    later["inputs"][0]["mac"] = b64u([1; 32]);
    folder.good(
        "mac_is_not_bound",
        "Macs are not in the binding.",
        "R22",
        &with(&input, "/request", later.to_string()),
        &expect,
    );
    malformed(&mut folder, &input, &text);
    let changed = |pointer: &str, value: Value| {
        with(&input, "/request", with(&body, pointer, value).to_string())
    };
    let inputs = body["inputs"].as_array().unwrap();
    let reversed: Vec<_> = inputs.iter().rev().cloned().collect();
    let output = body["groups"][0]["outputs"][0].clone();
    let group = |count: usize| json!({ "outputs": vec![output.clone(); count] });
    // The order of the group of P-256: one more than the largest blind.
    let order: Vec<u8> = [
        [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
        [0xff; 8],
        [0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84],
        [0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51],
    ]
    .concat();
    let bad = [
        (
            "inputs_descending",
            "R23",
            "/inputs",
            reversed.into(),
            "inputs_order",
        ),
        ("no_inputs", "R23", "/inputs", json!([]), "malformed"),
        (
            "inputs_65",
            "R23",
            "/inputs",
            vec![inputs[0].clone(); 65].into(),
            "malformed",
        ),
        ("no_groups", "R23", "/groups", json!([]), "malformed"),
        ("empty_group", "R23", "/groups/1", group(0), "malformed"),
        (
            "outputs_65_in_two_groups",
            "R23",
            "/groups",
            json!([group(1), group(64)]),
            "malformed",
        ),
        (
            "output_repeated_in_another_group",
            "R23",
            "/groups/1/outputs/0",
            output.clone(),
            "element_repeated",
        ),
        (
            "output_no_point",
            "section 1",
            "/groups/0/outputs/0/blinded",
            no_point(),
            "element_invalid",
        ),
        (
            "blind_zero",
            "R33",
            "/inputs/0/blind",
            b64u([0; 32]),
            "malformed",
        ),
        (
            "blind_of_the_group_order",
            "R33",
            "/inputs/0/blind",
            b64u(order),
            "malformed",
        ),
        (
            "blind_of_31_bytes",
            "R33",
            "/inputs/0/blind",
            b64u([1; 31]),
            "malformed",
        ),
        (
            "outputs_beside_groups",
            "section 10",
            "/outputs",
            json!([output]),
            "malformed",
        ),
    ];
    for (fault, rule, pointer, value, code) in bad {
        folder.bad(
            fault,
            "The issuer refuses it before it looks anything up.",
            rule,
            &changed(pointer, value),
            code,
        );
    }
    folder
}
