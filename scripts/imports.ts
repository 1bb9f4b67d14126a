/** Every way one module can name another: static, type-only, re-exported, dynamic, `require`, `import('x').Type`. */
import { posix } from 'node:path'
import ts from 'typescript'
import { parse, place, type Sources, walk } from './sources.ts'

export interface Import {
  readonly from: string
  /** `path:line` for messages. */
  readonly place: string
  readonly specifier: string
  /** The imported file, for a relative specifier. */
  readonly target?: string
  readonly isTypeOnly: boolean
  readonly isDynamic: boolean
  /** Names in braces, as the other module exports them. */
  readonly names: readonly string[]
}

/** All imports of all files, and dynamic imports whose target cannot be read from the source. */
export function readImports(sources: Sources): { imports: Import[]; unreadable: string[] } {
  const imports: Import[] = []
  const unreadable: string[] = []
  for (const [path, text] of sources) {
    const file = parse(path, text)
    walk(file, (node) => {
      const found = toImport(node)
      if (!found) return
      const { specifier, ...rest } = found
      const at = place(file, node)
      if (specifier === undefined) unreadable.push(`${at} imports something that is not a plain string`)
      else imports.push({ from: path, place: at, specifier, ...rest, ...targetOf(path, specifier) })
    })
  }
  return { imports, unreadable }
}

type Found = Pick<Import, 'isTypeOnly' | 'isDynamic' | 'names'> & { specifier: string | undefined }

function toImport(node: ts.Node): Found | undefined {
  if (ts.isImportDeclaration(node)) {
    const clause = node.importClause
    const bindings = clause?.namedBindings
    const elements = bindings && ts.isNamedImports(bindings) ? bindings.elements : undefined
    const isTypeOnly = clause?.phaseModifier === ts.SyntaxKind.TypeKeyword || allTypes(elements, clause?.name)
    return { specifier: literal(node.moduleSpecifier), isTypeOnly, isDynamic: false, names: namesOf(elements) }
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
    const elements = node.exportClause && ts.isNamedExports(node.exportClause) ? node.exportClause.elements : undefined
    const isTypeOnly = node.isTypeOnly || allTypes(elements, undefined)
    return { specifier: literal(node.moduleSpecifier), isTypeOnly, isDynamic: false, names: namesOf(elements) }
  }
  if (ts.isImportTypeNode(node)) {
    const argument = ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined
    return { specifier: argument && literal(argument), isTypeOnly: true, isDynamic: false, names: [] }
  }
  if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
    const specifier = literal(node.moduleReference.expression)
    return { specifier, isTypeOnly: node.isTypeOnly, isDynamic: false, names: [] }
  }
  if (ts.isCallExpression(node) && isLoad(node.expression)) {
    return { specifier: literal(node.arguments[0]), isTypeOnly: false, isDynamic: true, names: [] }
  }
  return undefined
}

function isLoad(callee: ts.Expression): boolean {
  return callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require')
}

function literal(node: ts.Node | undefined): string | undefined {
  return node && ts.isStringLiteralLike(node) ? node.text : undefined
}

type Elements = ts.NodeArray<ts.ImportSpecifier> | ts.NodeArray<ts.ExportSpecifier> | undefined

/** `import { type A, type B }`: nothing is left at run time but the loading, which our compiler settings keep. */
function allTypes(elements: Elements, defaultName: ts.Identifier | undefined): boolean {
  if (defaultName || !elements || elements.length === 0) return false
  return [...elements].every((element) => element.isTypeOnly)
}

function namesOf(elements: Elements): string[] {
  return [...(elements ?? [])].map((element) => (element.propertyName ?? element.name).text)
}

function targetOf(from: string, specifier: string): { target: string } | Record<string, never> {
  return specifier.startsWith('.') ? { target: posix.join(posix.dirname(from), specifier) } : {}
}
