//! The multiplication in a module: which function it is, and its code if that can stand anywhere.

use wasmparser::{FuncType, FunctionBody, KnownCustom, Name, Operator, Parser, Payload, TypeRef};

/// What the function's name ends in. Another of that name may stand before it and only hand on to it.
const NAME: &str = "__multi3";
/// The types of all functions by index.
#[derive(Default)]
pub(super) struct Functions {
    pub(super) imports: usize,
    pub(super) types: Vec<FuncType>,
    /// Those that multiply.
    named: Vec<usize>,
}

impl Functions {
    pub(super) fn of(file: &[u8]) -> Result<Self, Unfit> {
        let mut all = Vec::new();
        let mut functions = Self::default();
        let by_index = |all: &[FuncType], index: u32| {
            let index = usize::try_from(index).map_err(|_| Unfit("a type's number"))?;
            all.get(index).cloned().ok_or(Unfit("a function's type"))
        };
        for payload in Parser::new(0).parse_all(file) {
            match payload? {
                Payload::TypeSection(section) => {
                    for ty in section.into_iter_err_on_gc_types() {
                        all.push(ty?);
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        if let TypeRef::Func(index) | TypeRef::FuncExact(index) = import?.ty {
                            functions.types.push(by_index(&all, index)?);
                        }
                    }
                    functions.imports = functions.types.len();
                }
                Payload::FunctionSection(section) => {
                    for index in section {
                        functions.types.push(by_index(&all, index?)?);
                    }
                }
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        for name in names {
                            let Name::Function(map) = name? else { continue };
                            for naming in map {
                                let naming = naming?;
                                if naming.name.ends_with(NAME) {
                                    functions.named.extend(usize::try_from(naming.index));
                                }
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(functions)
    }

    /// The multiplication itself.
    pub(super) fn product<'a>(&self, file: &'a [u8]) -> Result<Product<'a>, Unfit> {
        let bodies = Parser::new(0).parse_all(file).filter_map(|payload| {
            let Ok(Payload::CodeSectionEntry(body)) = payload else {
                return None;
            };
            Some(body)
        });
        let bodies: Vec<_> = bodies.collect();
        for index in &self.named {
            let ty = self.types.get(*index).ok_or(Unfit("its type"))?;
            let own = index.checked_sub(self.imports);
            let own = own.ok_or(Unfit("it comes from outside"))?;
            let body = bodies.get(own).ok_or(Unfit("its body"))?;
            if let Some(product) = Product::of(ty, body, &self.named)? {
                return Ok(product);
            }
        }
        Err(Unfit(
            "no function of that name is a straight piece of code",
        ))
    }
}

impl<'a> Product<'a> {
    /// `None` if the function is no straight piece of code.
    fn of(ty: &FuncType, body: &FunctionBody<'a>, named: &[usize]) -> Result<Option<Self>, Unfit> {
        let mut locals = ty.params().to_vec();
        for group in body.get_locals_reader()? {
            let (count, ty) = group?;
            locals.extend((0..count).map(|_| ty));
        }
        let mut code = Vec::new();
        for operator in body.get_operators_reader()? {
            code.push(operator?);
        }
        // A body without a branch or an end of its own stands anywhere as it is.
        let straight = |operator: &Operator<'_>| {
            !matches!(
                operator,
                Operator::Return
                    | Operator::Br { .. }
                    | Operator::BrIf { .. }
                    | Operator::Block { .. }
                    | Operator::Loop { .. }
                    | Operator::If { .. }
                    | Operator::Call { .. }
                    | Operator::End
            )
        };
        if !matches!(code.pop(), Some(Operator::End)) || !code.iter().all(straight) {
            return Ok(None);
        }
        Ok(Some(Self {
            names: named.to_vec(),
            params: ty.params().len(),
            locals,
            code,
        }))
    }
}

/// A function that can be put in its callers' places.
pub(super) struct Product<'a> {
    /// All that it is called by.
    pub(super) names: Vec<usize>,
    pub(super) params: usize,
    /// Parameters first.
    pub(super) locals: Vec<wasmparser::ValType>,
    pub(super) code: Vec<Operator<'a>>,
}

impl Product<'_> {
    pub(super) fn is_called_by(&self, operator: &Operator<'_>) -> bool {
        let Operator::Call { function_index } = operator else {
            return false;
        };
        usize::try_from(*function_index).is_ok_and(|index| self.names.contains(&index))
    }
}

#[derive(Debug)]
pub(super) struct Unfit(pub(super) &'static str);

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Unfit {}

impl From<wasmparser::BinaryReaderError> for Unfit {
    fn from(_: wasmparser::BinaryReaderError) -> Self {
        Self("no module")
    }
}
