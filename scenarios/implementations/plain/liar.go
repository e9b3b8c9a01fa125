package plain

import (
	"slices"

	"github.com/assay-id/assay/verifier"
)

// Liar is a verifier that is wrong on purpose: a [Verifier] with one bad habit.
type Liar struct {
	// Name is what the command line calls it, after "liar:".
	Name string

	// Fault says in a sentence what it does wrong.
	Fault string

	// CaughtBy lists the scenarios that it must fail, by ID.
	CaughtBy []string

	bend bend
}

// ids keeps the tables of liars short.
type ids = []string

// New returns the liar as a verifier for cfg and jwkSet, which it reads as
// [New] does.
func (l Liar) New(cfg verifier.Config, jwkSet []byte) (*Verifier, error) {
	h := honest()
	l.bend(&h)
	return newVerifier(cfg, jwkSet, h)
}

// Liars returns all liars: first those that give one answer to everything, then
// those that are wrong about one stage after the other, and last those that
// refuse what is good. The slice is the caller's.
func Liars() []Liar {
	return slices.Concat(
		constantLiars(),
		formLiars(), lenientLiars(), repairingLiars(), encodingLiars(), jsonLiars(), readingLiars(), decryptionLiars(),
		algorithmLiars(), headerLiars(), headerKeyLiars(), keyChoiceLiars(), keySetLiars(), keyLiars(), signatureLiars(), numberLiars(), messageLiars(), pssLiars(), macLiars(), searchingLiars(),
		issuerLiars(), audienceLiars(), expiryLiars(), dateLiars(), clockLiars(), userLiars(), reportLiars(),
		resemblanceLiars(), uncheckedLiars(), digestLiars(), orderLiars(), samplingLiars(), misplacedLiars(),
		looseGrammarLiars(), changedReportLiars(), organizationLiars(), keySourceLiars(), harmlessLiars(), rememberingSessionLiars(), shorteningLiars(), fallbackLiars(), assumingLiars(),
		spelledAlgorithmLiars(), spelledKeyLiars(), criticalLiars(), spelledTypeLiars(), wrappedLiars(),
		elsewhereLiars(), identifierLiars(), respellingLiars(), kindURLLiars(), spelledAudienceLiars(), partyLiars(), learningLiars(),
		looseLoginLiars(), looseTypeLiars(), profileLiars(), legalJSONLiars(), looseTimeLiars(), providerLiars(),
		nonceLiars(), hashLiars(), signInLiars(), forgetfulClients(), carelessClients(), pedanticOAuthClients(),
		looseClients(), driftingClients(), credulousClients(), despairingClients(),
		ruleLiars(), inventedRuleLiars(), componentLiars(), configurationLiars(),
		discoveryLiars(), metadataLiars(), networkLiars(), endpointLiars(), tlsLiars(), exchangeLiars(), costLiars(),
		rotationLiars(), changingKeysLiars(), floodedLiars(), cachingLiars(), lifetimeLiars(), missingLiars(), laterLiars(), rememberingLiars(), cornerLiars(),
		unusualLiars(), everywhereLiars(), keptLiars(), unkeyedLiars(), carriedKeyLiars(), skippingLiars(), alikeClients(), sharingLiars(), sharingClients(), countingLiars(), cuttingSecretLiars(),
		pedanticReaders(), pedanticJudges(), pedanticKeySets(), pedanticKeySources(),
	)
}
