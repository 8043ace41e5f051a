// Judges JSON files by a JSON Schema with ajv: one line each, "good" or why not.
// The schemas beside it may be referred to.
//
//     node schema.js SCHEMA FILE…

const fs = require('fs');
const path = require('path');
const Ajv = require('ajv/dist/2020');

const [schema, ...files] = process.argv.slice(2);
const folder = path.dirname(schema);
const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));
const ajv = new Ajv({ allErrors: false, strict: false });

for (const other of fs.readdirSync(folder)) {
  if (other.endsWith('.schema.json') && other !== path.basename(schema)) {
    ajv.addSchema(read(path.join(folder, other)));
  }
}

const check = ajv.compile(read(schema));

for (const file of files) {
  console.log(check(read(file))
    ? 'good' : `${check.errors[0].instancePath || '/'} ${check.errors[0].message}`);
}
