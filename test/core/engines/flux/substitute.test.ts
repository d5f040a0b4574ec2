import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { substitute } from '../../../../src/core/engines/flux/substitute.ts'

const variables = {
  name: 'shop',
  env: 'Prod',
  empty: '',
  path: 'a/b/c.tar.gz',
  n: '3',
  big: 'größe',
  long: 'x'.repeat(301),
}

const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n'

/** Of one value, quoted so that YAML takes it whatever comes out. */
function made(expression: string, own: Readonly<Record<string, string>> = variables): string {
  const before = `${head}data:\n  a: |\n    `
  const substitution = substitute(`${before}${expression}\n`, own)
  assert.ok(substitution.kind === 'text', JSON.stringify(substitution))
  return substitution.text.slice(before.length, -1)
}

function problem(text: string, own: Readonly<Record<string, string>> = variables): string {
  const substitution = substitute(text, own)
  assert.ok(substitution.kind === 'problem', JSON.stringify(substitution))
  return substitution.message
}

describe('an expression of postBuild', () => {
  // What github.com/fluxcd/pkg/envsubst v1.7.0 made of it.
  const expressions: readonly (readonly [string, string])[] = [
    ['${name}', 'shop'],
    ['${name}-${env}', 'shop-Prod'],
    ['$name', '$name'],
    ['$', '$'],
    ['$$', '$'],
    ['$${name}', '${name}'],
    ['$$${name}', '$shop'],
    ['$$$${name}', '$${name}'],
    ['}${name}{', '}shop{'],
    ['${missing}', ''],
    ['${1}', ''],
    ['${missing:-x}', 'x'],
    ['${missing:=x}', 'x'],
    ['${missing=x}', 'x'],
    ['${empty:-x}', 'x'],
    ['${name:-x}', 'shop'],
    ['${name:-a}b}', 'shopb}'],
    ['${name:+x}', 'shop'],
    ['${missing:+x}', 'x'],
    ['${missing:?x}', 'x'],
    ['${missing:-${name}}', 'shop'],
    ['${missing:-${also:-deep}}', 'deep'],
    ['${missing:-a b: c}', 'a b: c'],
    ['${missing:-$$}', '$$'],
    ['${missing:-}', ''],
    ['${name:1}', 'hop'],
    ['${name:1:2}', 'ho'],
    ['${name:1::2}', 'ho'],
    ['${name:-2}', 'shop'],
    ['${name: -2}', 'shop'],
    ['${name:9}', ''],
    ['${name:9:-1}', ''],
    ['${name:1:99}', 'hop'],
    ['${name:x}', 'shop'],
    ['${name:1:x}', 'shop'],
    ['${name:${n}}', 'p'],
    ['${#name}', '4'],
    ['${#missing}', '0'],
    ['${#big}', '7'],
    ['${name^}', 'Shop'],
    ['${name^^}', 'SHOP'],
    ['${env,}', 'prod'],
    ['${env,,}', 'prod'],
    ['${name,^}', 'shop'],
    ['${path/a/x}', 'x/b/c.tar.gz'],
    ['${path//\\//-}', 'a-b-c.tar.gz'],
    ['${path/\\/b/}', 'a/c.tar.gz'],
    ['${path/#a/x}', 'x/b/c.tar.gz'],
    ['${path/%gz/x}', 'a/b/c.tar.x'],
    ['${path/%a/x}', 'a/b/c.tar.gz'],
    ['${path/c}d/x}', 'a/b/c.tar.gz'],
    ['${path/$$/x}', 'a/b/c.tar.gz'],
    ['${path#*/}', 'b/c.tar.gz'],
    ['${path##*/}', 'c.tar.gz'],
    ['${path%.*}', 'a/b/c.tar'],
    ['${path%%.*}', 'a/b/c'],
    ['${path#[a-b]}', '/b/c.tar.gz'],
    ['${path##[^b]*}', ''],
    ['${path#[}', 'a/b/c.tar.gz'],
    ['${path#\\a}', '/b/c.tar.gz'],
    ['${path%?}', 'a/b/c.tar.g'],
  ]
  for (const [expression, expected] of expressions) {
    test(`${expression} becomes ${expected}`, () => assert.equal(made(expression), expected))
  }

  const failing =
    '${} ${name ${name-x} ${na.me} ${name:} ${name#} ${name/} ${name/x ${.Values.x} ${name^^^} ' +
    '${path:0:-1} ${-x} ${#}'
  for (const expression of [...failing.split(' '), '${ name}', '${name ']) {
    test(`${expression} is a problem, as it is for Flux`, () => {
      assert.match(problem(`${head}data: {a: '${expression}'}\n`), /^postBuild: /)
    })
  }

  const unrepeated: readonly (readonly [string, string])[] = [
    ['${big^^}', 'folds case as Go does'],
    ['${big:1}', 'counts bytes'],
    ['${big#*}', 'counts bytes'],
    ['${é}', "has a name by Go's tables"],
    ['${name:é}', 'makes the parser lose its place'],
    ['${name/${empty}/x}', 'finds nothing everywhere'],
    ['${name:0:99999999999999999999}', 'has no end'],
    ['${name:9999999999}', 'is far out'],
    ['${long##*x*}', 'takes long'],
  ]
  for (const [expression, why] of unrepeated) {
    test(`${expression} is a problem, since it ${why}`, () => {
      const substitution = substitute(`${head}data:\n  a: |\n    ${expression}\n`, variables)
      assert.equal(substitution.kind, 'problem')
    })
  }

  test('within an expression is followed to a depth that people write', () => {
    const nested = (depth: number) => '${missing:-'.repeat(depth) + 'x' + '}'.repeat(depth)
    assert.equal(made(nested(20)), 'x')
    assert.match(problem(`${head}data: {a: '${nested(21)}'}\n`), /within/)
  })

  test('that makes a text of many megabytes is a problem', () => {
    const own = { big: 'x'.repeat(1_000_000) }
    for (const expression of ['${big//x/${big}}', `\${none:-${'${big}'.repeat(20)}}`]) {
      assert.match(problem(`${head}data: {a: '${expression}'}\n`, own), /not followed/)
    }
    assert.match(problem(`${head}data: {a: '${'${big}'.repeat(20)}'}\n`, own), /too long/)
  })

  test('is not followed twice', () => {
    assert.equal(made('${a}', { a: '${b}', b: 'x' }), '${b}')
    assert.equal(made('${a}', { a: '$$' }), '$$')
    assert.equal(made('${a/x/${b}}', { a: 'axa', b: '$&' }), 'a$&a')
  })
})

describe('one object of postBuild', () => {
  const text = (yaml: string, own: Readonly<Record<string, string>> = variables) => {
    const substitution = substitute(yaml, own)
    return substitution.kind === 'text' ? substitution.text : assert.fail(substitution.message)
  }

  test('may change the type of a field', () => {
    const yaml = (value: string) => `${head}spec:\n  replicas: ${value}\n`
    assert.equal(text(yaml('${n}')), yaml('3'))
    assert.equal(text(yaml("'${n}'")), yaml("'3'"))
  })

  test('may change its names and keys', () => {
    const yaml = (value: string) => `${head}data:\n  ${value}: x\n`
    assert.equal(text(yaml('${name}')), yaml('shop'))
  })

  for (const where of ['labels', 'annotations']) {
    test(`is left alone if its ${where} say so`, () => {
      const mark = 'kustomize.toolkit.fluxcd.io/substitute'
      const yaml = (value: string) =>
        `${head}  ${where}:\n    ${mark}: ${value}\ndata: {a: '\${name'}\n`
      assert.equal(text(yaml('disabled')), yaml('disabled'))
      for (const value of ['Disabled', 'enabled', "''"]) problem(yaml(value))
    })
  }

  test('is not left alone for a mark elsewhere', () => {
    problem(`${head}data: {kustomize.toolkit.fluxcd.io/substitute: disabled, a: '\${name'}\n`)
  })

  test('is one, and readable before anything is replaced', () => {
    assert.match(problem(`${head}---\n${head}`), /one object at a time/)
    assert.match(problem(`${head}data: {a: 1, a: 2}\n`), /twice/)
    assert.match(problem(`${head}data: {a: yes}\n`), /quote/)
  })

  test('may be none', () => assert.equal(text('# ${name\n'), '# ${name\n'))

  test('tells the line, and never the value', () => {
    assert.match(problem(`${head}data:\n  a: '\${name'\n`), /line 6/)
    const message = problem(`${head}data: {a: '\${secret:0:-1}'}\n`, { secret: 'hunter2' })
    assert.match(message, /\$\{secret:\.\.\.\}/)
    assert.doesNotMatch(message, /hunter2/)
  })

  for (const name of ['a-b', 'a.b', '1a', '', 'ä', 'a b', 'a\n']) {
    test(`is a problem with a variable called ${JSON.stringify(name)}, used or not`, () => {
      assert.match(problem(head, { [name]: 'x' }), /no name of a variable/)
    })
  }

  test('takes variables by their own names alone', () => {
    assert.equal(made('${constructor}${toString}', {}), '')
    const own = Object.fromEntries([['__proto__', 'x']])
    assert.equal(made('${__proto__}', own), 'x')
  })
})
