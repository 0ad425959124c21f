//! WebAssembly multiplies 64 bits by 64 bits into 64; for the upper half the compiler calls a function of its own. In the
//! field arithmetic of the curve that call takes a quarter of the time, and wasm-opt finds the function too large to put
//! into its callers. Here it is put into those that call it in few places, which are the loops that matter; the one that
//! calls it in many, the unrolled reduction of scalars, would only get long.

mod product;

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{CodeSection, Function, Instruction, Module, ValType};
use wasmparser::{FunctionBody, Operator, Parser, Validator};

use crate::failure::Failure;
use product::{Functions, Product, Unfit};

/// In how many places a function may call it and still take it in.
const FEW: usize = 8;

/// The same module with the multiplication in its callers' places. Needs the names of the functions.
pub(super) fn inline_wide_products(file: &[u8]) -> Result<Vec<u8>, Failure> {
    let broken = |e: &dyn std::fmt::Display| Failure::new(format!("multiplication put in: {e}"));
    let functions = Functions::of(file).map_err(|e| broken(&e))?;
    let product = functions.product(file).map_err(|e| broken(&e))?;
    let mut module = Module::new();
    Inlining {
        functions: &functions,
        product,
        at: functions.imports,
    }
    .parse_core_module(&mut module, Parser::new(0), file)
    .map_err(|e| broken(&e))?;
    let made = module.finish();
    Validator::new()
        .validate_all(&made)
        .map_err(|e| broken(&e))?;
    Ok(made)
}

struct Inlining<'a> {
    functions: &'a Functions,
    product: Product<'a>,
    /// The function whose body comes next.
    at: usize,
}

impl Inlining<'_> {
    /// What stands where the call was. The callee's locals stand after the caller's, from `first` on.
    fn put_in(&mut self, function: &mut Function, first: u32) -> Result<(), Error<Unfit>> {
        let place = |index: usize| {
            let index = u32::try_from(index).ok();
            index
                .and_then(|index| first.checked_add(index))
                .ok_or(Error::UserError(Unfit("too many locals")))
        };
        for param in (0..self.product.params).rev() {
            function.instruction(&Instruction::LocalSet(place(param)?));
        }
        // A function finds its locals empty each time it is called.
        for local in self.product.params..self.product.locals.len() {
            let empty = match self.product.locals.get(local) {
                Some(wasmparser::ValType::I32) => Instruction::I32Const(0),
                Some(wasmparser::ValType::I64) => Instruction::I64Const(0),
                _ => return Err(Error::UserError(Unfit("a local that is no integer"))),
            };
            function.instruction(&empty);
            function.instruction(&Instruction::LocalSet(place(local)?));
        }
        for operator in self.product.code.clone() {
            let shifted = |index: u32| {
                let index = usize::try_from(index);
                index.map_or(Err(Error::UserError(Unfit("a local's number"))), place)
            };
            let instruction = match operator {
                Operator::LocalGet { local_index } => Instruction::LocalGet(shifted(local_index)?),
                Operator::LocalSet { local_index } => Instruction::LocalSet(shifted(local_index)?),
                Operator::LocalTee { local_index } => Instruction::LocalTee(shifted(local_index)?),
                other => self.instruction(other)?,
            };
            function.instruction(&instruction);
        }
        Ok(())
    }
}

impl Reencode for Inlining<'_> {
    type Error = Unfit;

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), Error<Unfit>> {
        let at = self.at;
        self.at = at.saturating_add(1);
        let operators: Vec<_> =
            (body.get_operators_reader()?.into_iter()).collect::<Result<_, _>>()?;
        let calls = operators
            .iter()
            .filter(|o| self.product.is_called_by(o))
            .count();
        let takes_it_in = (1..=FEW).contains(&calls) && !self.product.names.contains(&at);
        let ty = self.functions.types.get(at);
        let mut first = ty.map_or(0, |ty| ty.params().len());
        let mut locals: Vec<(u32, ValType)> = Vec::new();
        for group in body.get_locals_reader()? {
            let (count, ty) = group?;
            first = first.saturating_add(usize::try_from(count).unwrap_or(usize::MAX));
            locals.push((count, self.val_type(ty)?));
        }
        if takes_it_in {
            for ty in self.product.locals.clone() {
                locals.push((1, self.val_type(ty)?));
            }
        }
        let first = u32::try_from(first).map_err(|_| Error::UserError(Unfit("too many locals")))?;
        let mut function = Function::new(locals);
        for operator in operators {
            if takes_it_in && self.product.is_called_by(&operator) {
                self.put_in(&mut function, first)?;
            } else {
                function.instruction(&self.instruction(operator)?);
            }
        }
        code.function(&function);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{FunctionSection, NameMap, NameSection, TypeSection};
    use wasmparser::Payload;

    /// A product (0), one that hands on to it (1), and callers of it with so many calls each.
    fn module(callers: &[usize], product: &[Instruction<'_>]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types
            .ty()
            .function([ValType::I64, ValType::I64], [ValType::I64]);
        let (mut functions, mut code, mut names) =
            (FunctionSection::new(), CodeSection::new(), NameMap::new());
        let mut add = |name: &str, locals: &[(u32, ValType)], body: &[Instruction<'_>]| {
            names.append(functions.len(), name);
            functions.function(0);
            let mut function = Function::new(locals.to_vec());
            for instruction in body {
                function.instruction(instruction);
            }
            function.instruction(&Instruction::End);
            code.function(&function);
        };
        let both = [Instruction::LocalGet(0), Instruction::LocalGet(1)];
        let call = |to| [&both[..], &[Instruction::Call(to)]].concat();
        add("lib::mul::__multi3", &[(1, ValType::I64)], product);
        add("__multi3", &[], &call(0));
        for calls in callers {
            let mut body = vec![Instruction::I64Const(0)];
            for _ in 0..*calls {
                body.extend([&call(1)[..], &[Instruction::I64Add]].concat());
            }
            add("caller", &[(2, ValType::I32)], &body);
        }
        let mut all = NameSection::new();
        all.functions(&names);
        let mut module = Module::new();
        module.section(&types).section(&functions);
        module.section(&code).section(&all);
        module.finish()
    }

    fn product() -> [Instruction<'static>; 5] {
        [
            Instruction::LocalGet(0),
            Instruction::LocalGet(1),
            Instruction::I64Mul,
            Instruction::LocalTee(2),
            Instruction::Nop,
        ]
    }

    /// Calls and multiplications of each function.
    fn said(file: &[u8]) -> Vec<(usize, usize)> {
        let bodies = Parser::new(0).parse_all(file).filter_map(|payload| {
            let Payload::CodeSectionEntry(body) = payload.unwrap() else {
                return None;
            };
            let operators = body.get_operators_reader().unwrap();
            let all: Vec<_> = operators.into_iter().map(Result::unwrap).collect();
            let count = |is: fn(&Operator<'_>) -> bool| all.iter().filter(|o| is(o)).count();
            Some((
                count(|o| matches!(o, Operator::Call { .. })),
                count(|o| matches!(o, Operator::I64Mul)),
            ))
        });
        bodies.collect()
    }

    #[test]
    fn callers_in_few_places_take_it_in_and_others_go_on_calling() {
        let made = inline_wide_products(&module(&[0, 1, FEW, FEW + 1], &product())).unwrap();
        assert_eq!(
            said(&made),
            [(0, 1), (1, 0), (0, 0), (0, 1), (0, FEW), (FEW + 1, 0)]
        );
    }

    #[test]
    fn what_cannot_stand_anywhere_is_refused() {
        let returns = [&product()[..], &[Instruction::Return]].concat();
        assert!(inline_wide_products(&module(&[1], &returns)).is_err());
        let nameless = Module::new().finish();
        assert!(inline_wide_products(&nameless).is_err());
        assert!(inline_wide_products(b"no module").is_err());
    }
}
