// SPDX-License-Identifier: Apache-2.0
// Reads quotes with @phala/dcap-qvl and compares each field with what write_quotes read; then judges them with the
// package's verifier, under the simulated root, as they are and altered.
//   node compare.js FILE_OF_WRITE_QUOTES
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const { Quote, QuoteVerifier, intel } = require('@phala/dcap-qvl');

const hex = (bytes) => Buffer.from(bytes).toString('hex');

/** What write_quotes says of a quote, under its names, as this package reads it. */
function readQuote(bytes) {
  const quote = Quote.parse(bytes);
  const auth = quote.authData.intoV3();
  const out = {
    version: quote.header.version,
    tee_type: quote.header.teeType,
    attestation_key_type: quote.header.attestationKeyType,
    qe_vendor_id: hex(quote.header.qeVendorId),
    user_data: hex(quote.header.userData),
    signed_size: quote.signedLength(),
    signature: hex(auth.ecdsaSignature),
    attestation_key: hex(auth.ecdsaAttestationKey),
    qe_report: hex(auth.qeReport),
    qe_report_signature: hex(auth.qeReportSignature),
    qe_auth_data: hex(auth.qeAuthData),
    fmspc: hex(intel.getFmspc(quote)),
  };
  if (quote.report.isSgx()) {
    const enclave = quote.report.asSgx();
    return Object.assign(out, {
      mr_enclave: hex(enclave.mrEnclave),
      mr_signer: hex(enclave.mrSigner),
      isv_prod_id: enclave.isvProdId,
      isv_svn: enclave.isvSvn,
      report_data: hex(enclave.reportData),
    });
  }
  const td = quote.report.asTd10();
  Object.assign(out, {
    tee_tcb_svn: hex(td.teeTcbSvn),
    mr_seam: hex(td.mrSeam),
    mr_signer_seam: hex(td.mrSignerSeam),
    seam_attributes: hex(td.seamAttributes),
    td_attributes: hex(td.tdAttributes),
    xfam: hex(td.xfam),
    mr_td: hex(td.mrTd),
    mr_config_id: hex(td.mrConfigId),
    mr_owner: hex(td.mrOwner),
    mr_owner_config: hex(td.mrOwnerConfig),
    rtmr: [td.rtMr0, td.rtMr1, td.rtMr2, td.rtMr3].map(hex),
    report_data: hex(td.reportData),
  });
  const newer = quote.report.asTd15();
  if (newer !== null) {
    Object.assign(out, { tee_tcb_svn2: hex(newer.teeTcbSvn2), mr_service_td: hex(newer.mrServiceTd) });
  }
  return out;
}

const made = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const verifier = QuoteVerifier.newWithRootCa(Buffer.from(made.root, 'hex'));
assert.ok(made.quotes.length >= 4);
for (const one of made.quotes) {
  const bytes = Buffer.from(one.quote, 'hex');
  assert.deepEqual(readQuote(bytes), one.read, one.name);

  const verdict = verifier.verify(bytes, one.collateral, made.at);
  assert.equal(verdict.status, 'UpToDate', one.name);
  assert.deepEqual(verdict.advisory_ids, [], one.name);
  // Its own root is Intel's; and it does look at what is signed.
  assert.throws(() => QuoteVerifier.newProd().verify(bytes, one.collateral, made.at), /certificate chain/, one.name);
  const altered = Buffer.from(bytes);
  altered[one.report_data_at] ^= 1;
  assert.throws(() => verifier.verify(altered, one.collateral, made.at), /signature is invalid/, one.name);
  console.log(`${one.name}: read alike, and judged UpToDate`);
}
