// SPDX-License-Identifier: Apache-2.0
// Has @phala/dcap-qvl judge what write_mutants made, and holds each judgement against this library's: whether it is
// accepted, its TCB status and its advisories. Every difference must be one that differences.json explains, whichever
// side says no; one that it does not explain fails.
//   node compare_mutants.js FILE_OF_WRITE_MUTANTS
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const { QuoteVerifier } = require('@phala/dcap-qvl');

const explanations = JSON.parse(fs.readFileSync(path.join(__dirname, 'differences.json'), 'utf8')).differences;

function judgedByPeer(one) {
  const verifier =
    one.root === null ? QuoteVerifier.newProd() : QuoteVerifier.newWithRootCa(Buffer.from(one.root, 'hex'));
  try {
    const verdict = verifier.verify(Buffer.from(one.quote, 'hex'), one.collateral, one.at);
    return { valid: true, status: verdict.status, advisories: [...new Set(verdict.advisory_ids)].sort() };
  } catch (error) {
    return { valid: false, reason: error.cause ? `${error.message}: ${error.cause.message}` : String(error.message) };
  }
}

/** What differs; null when nothing does. */
function difference(ours, peer) {
  if (ours.valid !== peer.valid) {
    return ours.valid ? 'only the peer refuses' : 'only we refuse';
  }
  if (!ours.valid) {
    return null;
  }
  if (ours.status !== peer.status) {
    return 'status';
  }
  return JSON.stringify([...ours.advisories].sort()) === JSON.stringify(peer.advisories) ? null : 'advisories';
}

function explains(explanation, kind, one, peer) {
  const matches = (pattern, text) => pattern === undefined || new RegExp(`^(?:${pattern})$`).test(text);
  return explanation.kind === kind && matches(explanation.name, one.name) &&
    (explanation.codes === undefined || one.ours.codes.some((code) => matches(explanation.codes, code))) &&
    matches(explanation.peer, peer.valid ? peer.status : peer.reason);
}

async function main() {
  const counts = new Map(explanations.map((explanation) => [explanation.id, 0]));
  let compared = 0, accepted = 0;
  const unexplained = [];
  for await (const line of readline.createInterface({ input: fs.createReadStream(process.argv[2]) })) {
    const one = JSON.parse(line);
    const peer = judgedByPeer(one);
    compared += 1;
    accepted += one.ours.valid && peer.valid ? 1 : 0;
    const kind = difference(one.ours, peer);
    if (kind === null) {
      continue;
    }
    const known = explanations.find((explanation) => explains(explanation, kind, one, peer));
    if (known) {
      counts.set(known.id, counts.get(known.id) + 1);
    } else {
      unexplained.push(`${kind}: ${one.name}: we say ${JSON.stringify(one.ours)}, it says ${JSON.stringify(peer)}`);
    }
  }
  console.log(`${compared} judged by both, ${accepted} accepted by both`);
  for (const [id, count] of counts) {
    console.log(`${String(count).padStart(6)} ${id}`);
  }
  if (unexplained.length > 0) {
    console.error(`${unexplained.length} differences that nothing explains:`);
    unexplained.slice(0, 40).forEach((text) => console.error(text));
    process.exitCode = 1;
  }
  // Where all is refused by both, or no mutant was made, nothing was compared.
  if (accepted === 0 || compared - accepted === 0) {
    throw new Error('nothing to compare: there must be some that both accept, and some that one refuses');
  }
}
main();
