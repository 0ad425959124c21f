//! The same module with its functions in another order.

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{CodeSectionReader, FunctionSectionReader, Parser, Payload, TypeRef};

use crate::failure::Failure;

/// Puts the functions of a module in the order given: the index of the first, of the second, and so on, imports not
/// counted. Whatever names a function names it by its new index.
pub(super) fn renumber(file: &[u8], order: &[usize]) -> Result<Vec<u8>, Failure> {
    let broken = |e: Error<Misplaced>| Failure::new(format!("functions in another order: {e}"));
    let imports = imports(file).map_err(|e| broken(e.into()))?;
    let mut places = vec![None; order.len()];
    for (place, index) in order.iter().enumerate() {
        if let Some(entry) = places.get_mut(*index) {
            *entry = Some(place);
        }
    }
    let mut module = Module::new();
    Renumbering {
        imports,
        order,
        places,
    }
    .parse_core_module(&mut module, Parser::new(0), file)
    .map_err(broken)?;
    Ok(module.finish())
}

/// How many functions come from outside; they have the first indices.
fn imports(file: &[u8]) -> Result<usize, wasmparser::BinaryReaderError> {
    let mut count = 0_usize;
    for payload in Parser::new(0).parse_all(file) {
        if let Payload::ImportSection(section) = payload? {
            for import in section.into_imports() {
                if matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)) {
                    count = count.saturating_add(1);
                }
            }
        }
    }
    Ok(count)
}

/// The order is not one of this module's functions.
#[derive(Debug)]
struct Misplaced;

impl std::fmt::Display for Misplaced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the order leaves a function out")
    }
}

impl std::error::Error for Misplaced {}

struct Renumbering<'a> {
    imports: usize,
    order: &'a [usize],
    /// Where each function is in the order.
    places: Vec<Option<usize>>,
}

impl Renumbering<'_> {
    /// The items in their new order.
    fn ordered<T: Clone>(&self, items: &[T]) -> Result<Vec<T>, Error<Misplaced>> {
        if items.len() != self.order.len() {
            return Err(Error::UserError(Misplaced));
        }
        let items = self.order.iter().map(|index| items.get(*index).cloned());
        items
            .collect::<Option<_>>()
            .ok_or(Error::UserError(Misplaced))
    }
}

impl Reencode for Renumbering<'_> {
    type Error = Misplaced;

    fn function_index(&mut self, index: u32) -> Result<u32, Error<Misplaced>> {
        let Some(own) = usize::try_from(index)
            .ok()
            .and_then(|index| index.checked_sub(self.imports))
        else {
            return Ok(index);
        };
        let place = self.places.get(own).copied().flatten();
        place
            .and_then(|place| u32::try_from(place.checked_add(self.imports)?).ok())
            .ok_or(Error::UserError(Misplaced))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error<Misplaced>> {
        let types = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for index in self.ordered(&types)? {
            functions.function(self.type_index(index)?);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error<Misplaced>> {
        let bodies = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for body in self.ordered(&bodies)? {
            utils::parse_function_body(self, code, body)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{
        ConstExpr, ElementSection, Elements, ExportKind, ExportSection, Function, ImportSection,
        Instruction, RefType, StartSection, TableSection, TableType, TypeSection,
    };
    use wasmparser::{ElementItems, Operator, Validator};

    const IMPORTS: u32 = 2;

    const fn own(index: u32) -> u32 {
        index.saturating_add(IMPORTS)
    }

    /// Two imports and four functions. Function n calls import n mod 2 and function n + 1, and holds its own number. All are
    /// exported under it, all stand in a table, the third is started.
    fn module() -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        let mut functions = FunctionSection::new();
        let mut tables = TableSection::new();
        let mut exports = ExportSection::new();
        let mut elements = ElementSection::new();
        let mut code = CodeSection::new();
        for name in ["a", "b"] {
            imports.import("out", name, wasm_encoder::EntityType::Function(0));
        }
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            minimum: 4,
            maximum: None,
            table64: false,
            shared: false,
        });
        for n in 0..4_u32 {
            functions.function(0);
            exports.export(&n.to_string(), ExportKind::Func, own(n));
            let mut function = Function::new([]);
            function.instruction(&Instruction::I32Const(n.cast_signed()));
            function.instruction(&Instruction::Drop);
            function.instruction(&Instruction::Call(n % 2));
            function.instruction(&Instruction::Call(own(n.saturating_add(1) % 4)));
            function.instruction(&Instruction::End);
            code.function(&function);
        }
        let all = Elements::Functions([2, 3, 4, 5][..].into());
        elements.active(None, &ConstExpr::i32_const(0), all);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions);
        module.section(&tables).section(&exports);
        module.section(&StartSection { function_index: 4 });
        module.section(&elements).section(&code);
        module.finish()
    }

    /// What a module says of its functions, each called by the number in it.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct Said {
        bodies: Vec<i32>,
        /// Who calls which import and whom.
        calls: Vec<(i32, u32, i32)>,
        exports: Vec<(String, i32)>,
        table: Vec<i32>,
        start: Option<i32>,
    }

    fn said(file: &[u8]) -> Said {
        Validator::new().validate_all(file).unwrap();
        let mut said = Said::default();
        let (mut calls, mut exports, mut table, mut start) = (vec![], vec![], vec![], None);
        for payload in Parser::new(0).parse_all(file) {
            match payload.unwrap() {
                Payload::CodeSectionEntry(body) => {
                    let operators = body.get_operators_reader().unwrap();
                    let operators: Vec<_> = operators.into_iter().map(Result::unwrap).collect();
                    let [
                        Operator::I32Const { value },
                        _,
                        Operator::Call {
                            function_index: import,
                        },
                        Operator::Call {
                            function_index: own,
                        },
                        Operator::End,
                    ] = operators[..]
                    else {
                        panic!("{operators:?}")
                    };
                    said.bodies.push(value);
                    calls.push((value, import, own));
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export.unwrap();
                        exports.push((export.name.to_owned(), export.index));
                    }
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        let ElementItems::Functions(items) = element.unwrap().items else {
                            panic!("a list of functions")
                        };
                        table.extend(items.into_iter().map(Result::unwrap));
                    }
                }
                Payload::StartSection { func, .. } => start = Some(func),
                _ => {}
            }
        }
        let named = |index: u32| said.bodies[index.saturating_sub(IMPORTS) as usize];
        said.calls = calls
            .iter()
            .map(|(by, import, own)| (*by, *import, named(*own)))
            .collect();
        said.exports = exports
            .into_iter()
            .map(|(name, index)| (name, named(index)))
            .collect();
        said.table = table.into_iter().map(named).collect();
        said.start = start.map(named);
        said
    }

    #[test]
    fn whatever_names_a_function_still_names_it() {
        let before = said(&module());
        let after = said(&renumber(&module(), &[2, 0, 3, 1]).unwrap());
        assert_eq!(after.bodies, [2, 0, 3, 1]);
        assert_eq!(after.calls, [(2, 0, 3), (0, 0, 1), (3, 1, 0), (1, 1, 2)]);
        assert_eq!(after.exports, before.exports);
        assert_eq!(after.table, before.table);
        assert_eq!(after.start, Some(2));
    }

    #[test]
    fn an_order_of_other_functions_is_refused() {
        for order in [
            &[0, 1, 2][..],
            &[0, 1, 2, 2],
            &[0, 1, 2, 4],
            &[0, 1, 2, 3, 4],
        ] {
            assert!(renumber(&module(), order).is_err(), "{order:?}");
        }
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert!(renumber(b"no module", &[]).is_err());
    }
}
