//! A running issuer, a publisher with pages, and readers who come prepared.

use super::connection::{Broken, Connection, Reply};
use super::program::Program;
use super::purchase::Purchase;
use super::shop::{Page, Shop};
use super::wallet::{DrawPlan, Wallet};
use super::{block_on, now};
use farthing_core::manifest::{Head, Manifest, Pin, walk};
use farthing_core::origin::IssuerId;
use std::net::SocketAddr;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;

/// Pages of the publisher, which take turns.
const PAGES: usize = 16;
/// Tokens of four units that one drawn unit of 0.20 gives at least, and what it costs in micro.
const POUCH: (usize, u64) = (49, 200_000);
/// What is ordered at a time at most, in micro.
const ORDER: u64 = 20_000_000;

/// Everything that stays the same between purchases.
#[derive(Clone, Debug)]
pub struct Market {
    /// Where the issuer answers.
    pub address: SocketAddr,
    /// The manifest, walked and verified.
    pub manifest: Arc<Manifest>,
    /// The pages on sale.
    pub pages: Vec<Arc<Page>>,
    shop: Arc<Shop>,
}

impl Market {
    /// Registers a publisher at the running issuer and seals its pages.
    ///
    /// # Panics
    /// If the issuer does not run, or refuses.
    #[must_use]
    pub fn open(program: &Program) -> Self {
        let id = program.id();
        let shop = Shop::open(&id);
        program.add_publisher(&shop);
        let manifest = block_on(manifest(program.address(), &id)).unwrap();
        Self {
            address: program.address(),
            pages: pages(&shop, &manifest),
            manifest: Arc::new(manifest),
            shop: Arc::new(shop),
        }
    }

    /// The same publisher after the issuer has changed its keys: the manifest walked anew, the pages sealed anew.
    ///
    /// # Panics
    /// If the issuer does not run, or its heads contradict each other.
    #[must_use]
    pub fn renewed(&self) -> Self {
        let manifest = block_on(manifest(self.address, &self.manifest.issuer)).unwrap();
        Self {
            address: self.address,
            pages: pages(&self.shop, &manifest),
            manifest: Arc::new(manifest),
            shop: Arc::clone(&self.shop),
        }
    }

    /// Builds so many purchases, with tokens ordered, paid and drawn from the issuer for them. `name` must be new at
    /// this issuer: the wallets' secrets depend on it.
    ///
    /// # Panics
    /// If the issuer does not answer, or refuses.
    #[must_use]
    pub fn prepare(&self, name: &str, count: usize) -> Vec<Purchase> {
        let workers = cores();
        let share = |worker: usize| count / workers + usize::from(worker < count % workers);
        let built = thread::scope(|scope| {
            let work = |worker| {
                let name = format!("{name}/{worker}");
                scope.spawn(move || block_on(self.build(&name, share(worker))).unwrap())
            };
            let threads: Vec<_> = (0..workers).map(work).collect();
            let built = threads.into_iter().map(|thread| thread.join().unwrap());
            built.collect::<Vec<Vec<Purchase>>>()
        });
        // One wallet's after the other's would leave the second one's pages cold.
        let mut queues: Vec<_> = built.into_iter().map(Vec::into_iter).collect();
        let mut mixed = Vec::with_capacity(count);
        while mixed.len() < count {
            mixed.extend(queues.iter_mut().filter_map(Iterator::next));
        }
        mixed
    }

    /// Wallets with an order each, paid and not drawn, and the draws of it: so many of a pouch of 52 tokens.
    ///
    /// # Panics
    /// If the issuer does not answer, or refuses.
    #[must_use]
    pub fn prepare_draws(
        &self,
        name: &str,
        wallets: usize,
        draws: usize,
    ) -> Vec<(Wallet, Vec<DrawPlan>)> {
        let amount = POUCH.1 * u64::try_from(draws).unwrap();
        let prepare = async {
            let mut connection = Connection::open(self.address).await?;
            let mut prepared = Vec::with_capacity(wallets);
            for n in 0..wallets {
                let mut wallet = Wallet::named(&format!("{name}/{n}"), &self.manifest);
                let plans = wallet.order(&mut connection, amount).await?;
                prepared.push((wallet, plans));
            }
            Ok::<_, Broken>(prepared)
        };
        block_on(prepare).unwrap()
    }

    async fn build(&self, name: &str, count: usize) -> Result<Vec<Purchase>, Broken> {
        let mut wallet = Wallet::named(name, &self.manifest);
        let mut connection = Connection::open(self.address).await?;
        let mut purchases = Vec::with_capacity(count);
        while purchases.len() < count {
            let pouches = ((count - purchases.len()) * 3).div_ceil(POUCH.0);
            let amount = POUCH.1 * u64::try_from(pouches).unwrap();
            wallet.load(&mut connection, amount.min(ORDER)).await?;
            while purchases.len() < count {
                let page = &self.pages[purchases.len() % self.pages.len()];
                let Some(purchase) = wallet.purchase(page) else {
                    break;
                };
                purchases.push(purchase);
            }
        }
        Ok(purchases)
    }
}

/// Checks answers against their purchases on all cores; gives what is wrong, in words.
#[must_use]
pub fn check_all(pairs: &[(&Purchase, &Reply)]) -> Vec<String> {
    let share = pairs.len().div_ceil(cores()).max(1);
    thread::scope(|scope| {
        let check = |share: &'_ [(&Purchase, &Reply)]| {
            let wrong = |(purchase, reply): &(&Purchase, &Reply)| purchase.check(reply).err();
            share.iter().filter_map(wrong).collect::<Vec<String>>()
        };
        let threads: Vec<_> = pairs
            .chunks(share)
            .map(|share| scope.spawn(move || check(share)))
            .collect();
        let wrong = threads.into_iter().map(|thread| thread.join().unwrap());
        wrong.flatten().collect()
    })
}

fn pages(shop: &Shop, manifest: &Manifest) -> Vec<Arc<Page>> {
    let price = Wallet::price(manifest);
    let seal = |n| Arc::new(shop.seal(manifest, &format!("/article-{n}"), price));
    (0..PAGES).map(seal).collect()
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// The newest manifest, walked from the issuer's first head.
async fn manifest(address: SocketAddr, id: &IssuerId) -> Result<Manifest, Broken> {
    let mut connection = Connection::open(address).await?;
    let list = connection.get("/v1/manifests?from=1").await?;
    let list: serde_json::Value = serde_json::from_slice(&list.body).unwrap();
    let heads = list["heads"].as_array().unwrap().iter();
    let heads: Vec<Head> = heads
        .map(|head| Head::parse(head.as_str().unwrap()).unwrap())
        .collect();
    let (first, last) = (heads.first().unwrap(), heads.last().unwrap());
    let path = format!("/v1/manifests/bodies/{}", last.body().to_b64u());
    let body = connection.get(&path).await?;
    let pin = Pin {
        n: first.n(),
        hash: first.hash(),
    };
    Ok(walk(id, None, Some(&pin), &heads, &body.body, now()).unwrap())
}
