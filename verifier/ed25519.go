package verifier

import (
	"crypto/ed25519"
	"fmt"
	"math/big"
	"slices"
)

// checkEd25519 reports why pub must not be used: it is not the encoding of a
// point of the curve, or the point has a small order. Under such a key one
// signature can verify many messages, so its owner can deny what was signed,
// and a signature under it proves nothing. RFC 8032, 5.1.3; RFC 8725,
// 3.4. crypto/ed25519 accepts these keys and finds out at each signature.
func checkEd25519(pub ed25519.PublicKey) error {
	little := slices.Clone(pub)
	little[31] &= 0x7F // the sign of x
	slices.Reverse(little)
	y := new(big.Int).SetBytes(little)

	one := big.NewInt(1)
	p := new(big.Int).Lsh(one, 255)
	p.Sub(p, big.NewInt(19))
	if y.Cmp(p) >= 0 {
		return fmt.Errorf("its point is not canonically encoded")
	}
	// The ordinates of the eight points whose order divides 8 are 0, 1, -1 and
	// this one with either sign.
	order8, _ := new(big.Int).SetString("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826", 16)
	for _, small := range []*big.Int{new(big.Int), one, order8} {
		negative := new(big.Int).Sub(p, small)
		if y.Cmp(small) == 0 || y.Cmp(negative) == 0 {
			return fmt.Errorf("its point has a small order")
		}
	}
	// -x² + y² = 1 + d·x²·y², so x² = (y²-1)/(d·y²+1), which has a root if the
	// product of numerator and denominator has one. d is -121665/121666;
	// multiplying both by 121666 avoids the division.
	y2 := new(big.Int).Mul(y, y)
	u := new(big.Int).Sub(y2, one)
	u.Mul(u, big.NewInt(121666))
	v := new(big.Int).Mul(y2, big.NewInt(-121665))
	v.Add(v, big.NewInt(121666))
	// Both have gained that factor, and its square does not change whether the
	// product has a root.
	u.Mul(u, v).Mod(u, p)
	if big.Jacobi(u, p) == -1 {
		return fmt.Errorf("its point is not on the curve")
	}
	return nil
}
