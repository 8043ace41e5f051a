// Judges JSON files by a JSON Schema with ajv: one line each, "good" or why not.
//
//     node schema.js SCHEMA FILE…

const fs = require('fs');
const Ajv = require('ajv/dist/2020');

const [schema, ...files] = process.argv.slice(2);
const check = new Ajv({ allErrors: false, strict: false }).compile(
  JSON.parse(fs.readFileSync(schema, 'utf8')));

for (const file of files) {
  console.log(check(JSON.parse(fs.readFileSync(file, 'utf8')))
    ? 'good' : `${check.errors[0].instancePath || '/'} ${check.errors[0].message}`);
}
