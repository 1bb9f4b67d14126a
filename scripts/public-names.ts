/** The names an entry hands out, read from its source. Works because entries list their exports one by one. */
import ts from 'typescript'
import { parse, place } from './sources.ts'

/** Lines such as `value openai` and `type OpenAIOptions`, sorted. Throws on `export *` and `export default`. */
export function publicNames(path: string, text: string): string[] {
  const file = parse(path, text)
  return file.statements.flatMap((statement) => namesOf(file, statement)).sort()
}

function namesOf(file: ts.SourceFile, statement: ts.Statement): string[] {
  if (ts.isExportDeclaration(statement)) {
    const clause = statement.exportClause
    if (!clause || !ts.isNamedExports(clause)) throw new Error(`${place(file, statement)} does not name its exports`)
    return clause.elements.map((element) => line(statement.isTypeOnly || element.isTypeOnly, element.name.text))
  }
  if (ts.isExportAssignment(statement)) throw new Error(`${place(file, statement)} has a default export`)
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : []
  if (!modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)) return []
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map((declaration) => line(false, declaration.name.getText(file)))
  }
  const isType = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)
  const name = (statement as ts.DeclarationStatement).name
  return name ? [line(isType, name.getText(file))] : []
}

function line(isType: boolean, name: string): string {
  return `${isType ? 'type' : 'value'} ${name}`
}
