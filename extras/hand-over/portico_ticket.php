<?php
/**
 * A hand-over ticket for Portico: who stands at this forum's page, signed, good once and for a minute.
 *
 * @param string $secret  the front's hand_over secret, at least 32 bytes
 * @param string $realm   the realm of Portico's authenticator for this forum
 * @param string $front   the id of the front
 * @param string $subject the member's user id
 */
function portico_ticket(string $secret, string $realm, string $front, string $subject): string
{
    if (strlen($secret) < 32) {
        throw new InvalidArgumentException('the secret needs at least 32 bytes');
    }
    $base64url = static fn (string $bytes): string => rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
    $payload = $base64url(json_encode([
        'realm' => $realm,
        'subject' => $subject,
        'front' => $front,
        'nonce' => bin2hex(random_bytes(16)),
        'expires' => time() + 55,
    ], JSON_THROW_ON_ERROR));
    return $payload . '.' . $base64url(hash_hmac('sha256', $payload, $secret, true));
}
