//! The syntax tree of typed Lua, for whoever looks at types: the part that makes type values, and a checker.
//!
//! Names are slices of the source. Chains are flat (`a + b + c`, `a.b:c()`, casts), so that a long one is no deep tree.

/// Where something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// Byte offset of its first character.
    pub start: usize,
    /// Byte offset behind its last character.
    pub end: usize,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// A whole source.
#[derive(Debug, Clone)]
pub struct Chunk<'a> {
    /// Its statements.
    pub body: Block<'a>,
    /// All blocks, as scopes of type names; the first is the chunk itself.
    pub scopes: Vec<Scope<'a>>,
    /// Names that are no locals, in order of appearance.
    pub globals: Vec<GlobalUse<'a>>,
    /// Each `typeof(e)` that is an expression.
    pub asked: Vec<AskedType<'a>>,
}

/// `typeof(e)` as an expression, where `typeof` is no local.
#[derive(Debug, Clone)]
pub struct AskedType<'a> {
    /// Where `e` stands.
    pub argument: Span,
    /// It is written without parentheses around `e`.
    pub bare: bool,
    /// The type that is known of `e`; `None` when only its value can tell.
    pub known: Option<Type<'a>>,
}

/// The type names of a block.
#[derive(Debug, Clone, Default)]
pub struct Scope<'a> {
    /// The block around it.
    pub parent: Option<usize>,
    /// Types declared in it.
    pub types: Vec<Declaration<'a>>,
    /// Type parameters of the function whose body it is.
    pub parameters: Vec<&'a str>,
}

/// A name that is no local, where it stands.
#[derive(Debug, Clone, Copy)]
pub struct GlobalUse<'a> {
    /// The name.
    pub name: &'a str,
    /// Its place.
    pub span: Span,
    /// The block that it stands in.
    pub scope: usize,
    /// It is assigned here.
    pub assigned: bool,
    /// It is only used to reach this field.
    pub field: Option<&'a str>,
}

/// A `type` or `interface` statement.
#[derive(Debug, Clone)]
pub struct Declaration<'a> {
    /// The type's name.
    pub name: &'a str,
    /// Its parameters.
    pub parameters: Vec<TypeParameter<'a>>,
    /// What it stands for.
    pub body: Type<'a>,
    /// The whole statement.
    pub span: Span,
}

/// `T` or `T: constraint`.
#[derive(Debug, Clone)]
pub struct TypeParameter<'a> {
    /// Its name.
    pub name: &'a str,
    /// What arguments must fit.
    pub constraint: Option<Type<'a>>,
}

/// Statements with a scope of their own.
#[derive(Debug, Clone, Default)]
pub struct Block<'a> {
    /// Its place in [`Chunk::scopes`].
    pub scope: usize,
    /// Its statements.
    pub statements: Vec<Statement<'a>>,
}

/// One statement.
#[derive(Debug, Clone)]
pub struct Statement<'a> {
    /// Where it begins and ends.
    pub span: Span,
    /// What it is.
    pub kind: StatementKind<'a>,
}

/// What a statement is.
#[derive(Debug, Clone)]
pub enum StatementKind<'a> {
    /// `;`
    Empty,
    /// `break`
    Break,
    /// `::name::`
    Label(&'a str),
    /// `goto name`
    Goto(&'a str),
    /// `do … end`
    Do(Block<'a>),
    /// `while … do … end`
    While(Expr<'a>, Block<'a>),
    /// `repeat … until …`
    Repeat(Block<'a>, Expr<'a>),
    /// Conditions with their blocks, and what follows `else`.
    If(Vec<(Expr<'a>, Block<'a>)>, Option<Block<'a>>),
    /// `for v = …`: the variable, two or three numbers, the body.
    NumericFor(Typed<'a>, Vec<Expr<'a>>, Block<'a>),
    /// `for a, b in …`
    GenericFor(Vec<Typed<'a>>, Vec<Expr<'a>>, Block<'a>),
    /// `function a.b:c() … end`: the path, and whether the last name follows a colon.
    Function(Vec<&'a str>, bool, Function<'a>),
    /// `local function f() … end`
    LocalFunction(&'a str, Function<'a>),
    /// `local a: T, b = …`
    Local(Vec<Typed<'a>>, Vec<Expr<'a>>),
    /// `a, b = …`
    Assign(Vec<Expr<'a>>, Vec<Expr<'a>>),
    /// A call by itself.
    Call(Expr<'a>),
    /// `return …`
    Return(Vec<Expr<'a>>),
    /// A `type` or `interface` statement: its place among the types of the block.
    Type(usize),
}

/// A name with what was written behind it.
#[derive(Debug, Clone)]
pub struct Typed<'a> {
    /// The name.
    pub name: &'a str,
    /// Its place.
    pub span: Span,
    /// Its type.
    pub annotation: Option<Type<'a>>,
}

/// A function.
#[derive(Debug, Clone)]
pub struct Function<'a> {
    /// Type parameters.
    pub type_parameters: Vec<TypeParameter<'a>>,
    /// Parameters, without `self` and `...`.
    pub parameters: Vec<Typed<'a>>,
    /// Whether it takes `...`, and of which type.
    pub varargs: Option<Option<Type<'a>>>,
    /// Types of its results, where they are written.
    pub results: Option<Vec<Type<'a>>>,
    /// Its body.
    pub body: Block<'a>,
}

/// An expression.
#[derive(Debug, Clone)]
pub struct Expr<'a> {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind<'a>,
}

/// What an expression is.
#[derive(Debug, Clone)]
pub enum ExprKind<'a> {
    /// `nil`
    Nil,
    /// `true` or `false`
    Bool(bool),
    /// A number as it is written.
    Number(&'a str),
    /// A string as it is written, quotes included.
    Text(&'a str),
    /// `...`
    Varargs,
    /// A function without name.
    Function(Box<Function<'a>>),
    /// A name; whether it is a local.
    Name(&'a str, bool),
    /// `{ … }`
    Table(Vec<Item<'a>>),
    /// `( … )`
    Group(Box<Expr<'a>>),
    /// Fields, indices and calls behind something, left to right.
    Suffixed(Box<Expr<'a>>, Vec<Suffix<'a>>),
    /// Casts behind an operand, left to right.
    Cast(Box<Expr<'a>>, Vec<Cast<'a>>),
    /// An operator in front of its operand.
    Unary(&'a str, Box<Expr<'a>>),
    /// Operators, each of which takes all in front of it as its left side.
    Chain(Box<Expr<'a>>, Vec<(&'a str, Expr<'a>)>),
}

/// What stands behind an expression.
#[derive(Debug, Clone)]
pub enum Suffix<'a> {
    /// `.name`
    Field(&'a str),
    /// `[key]`
    Index(Expr<'a>),
    /// A call.
    Call(Vec<Expr<'a>>),
    /// A call of a method.
    Method(&'a str, Vec<Expr<'a>>),
}

/// A statement about the type of an operand.
#[derive(Debug, Clone)]
pub enum Cast<'a> {
    /// `as T` or `:: T`
    As(Type<'a>),
    /// `!`
    NotNil,
}

/// An element of a table constructor.
#[derive(Debug, Clone)]
pub enum Item<'a> {
    /// A value of the list.
    Value(Expr<'a>),
    /// `name = value`
    Named(&'a str, Expr<'a>),
    /// `[key] = value`
    Keyed(Expr<'a>, Expr<'a>),
}

/// A type.
#[derive(Debug, Clone)]
pub struct Type<'a> {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: TypeKind<'a>,
}

/// What a type is.
#[derive(Debug, Clone)]
pub enum TypeKind<'a> {
    /// A name, perhaps with arguments.
    Named(NamedType<'a>),
    /// `nil`
    Nil,
    /// `true` or `false`
    Bool(bool),
    /// A number as it is written, the minus included.
    Number(String),
    /// A string as it is written, quotes included; a bare name where it is the name of a field.
    Text(&'a str),
    /// `{T}` and `T[]`
    Array(Box<Type<'a>>),
    /// `{[K]: V}`
    Map(Box<Type<'a>>, Box<Type<'a>>),
    /// Members, and the pair of a `[K]: V` among them.
    Record(Vec<Member<'a>>, Option<Box<(Type<'a>, Type<'a>)>>),
    /// An `interface` statement or type: the names it builds upon, and its members.
    Interface(Vec<&'a str>, Vec<Member<'a>>),
    /// A function.
    Function(Box<FunctionType<'a>>),
    /// `T?`
    Optional(Box<Type<'a>>),
    /// `A | B`
    Union(Vec<Type<'a>>),
    /// `A & B`
    Intersection(Vec<Type<'a>>),
    /// A type and the constraints behind it.
    Annotated(Box<Type<'a>>, Vec<Annotation<'a>>),
    /// `readonly { … }`
    Readonly(Box<Type<'a>>),
    /// `keyof(T)`
    Keyof(Box<Type<'a>>),
    /// `typeof(e)`: the type that is known of it.
    Typeof(Box<Type<'a>>),
    /// `A extends B ? X : Y`
    Conditional(Box<[Type<'a>; 4]>),
    /// `T[K]`: the type of a field.
    Field(Box<Type<'a>>, Box<Type<'a>>),
    /// `asserts x is T`
    Asserts(&'a str, Option<Box<Type<'a>>>),
}

/// A name in a type.
#[derive(Debug, Clone)]
pub struct NamedType<'a> {
    /// Its parts, between dots.
    pub path: Vec<&'a str>,
    /// What `<…>` holds.
    pub arguments: Vec<Type<'a>>,
    /// The block that it stands in.
    pub scope: usize,
    /// The module that the first of several parts stands for; `None` when it is another local.
    pub module: Option<&'a str>,
}

/// A field of a record or a method of an interface.
#[derive(Debug, Clone)]
pub struct Member<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it may be missing.
    pub optional: bool,
    /// Its type.
    pub type_: Type<'a>,
}

/// A function's type.
#[derive(Debug, Clone, Default)]
pub struct FunctionType<'a> {
    /// Type parameters.
    pub type_parameters: Vec<TypeParameter<'a>>,
    /// Parameters with their names, if they have one, and whether they may be missing.
    pub parameters: Vec<(Option<&'a str>, bool, Type<'a>)>,
    /// The type of `...`.
    pub varargs: Option<Type<'a>>,
    /// Results.
    pub results: Vec<Type<'a>>,
}

/// `@name(arguments)`
#[derive(Debug, Clone)]
pub struct Annotation<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its arguments.
    pub arguments: Vec<Expr<'a>>,
}

impl<'a> Expr<'a> {
    /// Whether it may give more than one value.
    pub fn is_multiple(&self) -> bool {
        match &self.kind {
            ExprKind::Varargs => true,
            ExprKind::Suffixed(_, suffixes) => matches!(suffixes.last(), Some(Suffix::Call(_) | Suffix::Method(..))),
            _ => false,
        }
    }

    /// The name, if it is nothing else.
    pub fn as_name(&self) -> Option<&'a str> {
        match self.kind {
            ExprKind::Name(name, _) => Some(name),
            _ => None,
        }
    }

    /// Whether it can stand on the left of `=`.
    pub fn is_place(&self) -> bool {
        match &self.kind {
            ExprKind::Name(..) => true,
            ExprKind::Suffixed(_, suffixes) => matches!(suffixes.last(), Some(Suffix::Field(_) | Suffix::Index(_))),
            _ => false,
        }
    }
}

impl Type<'_> {
    /// `unknown`, at no place.
    pub fn unknown() -> Self {
        Type::named("unknown")
    }

    /// A built-in type, at no place.
    pub fn named(name: &'static str) -> Self {
        let named = NamedType { path: vec![name], arguments: Vec::new(), scope: 0, module: None };
        Type { span: Span::default(), kind: TypeKind::Named(named) }
    }
}
