<?php
// A hand-over ticket for the member who is logged in to this Phorum. Stands beside Phorum's index.php.

const PORTICO_SECRET = '';    // openssl rand -hex 32; the same as the front's hand_over secret
const PORTICO_REALM = 'forum';
const PORTICO_FRONT = 'chat';

define('phorum_page', 'portico_ticket');
require_once './common.php';
require_once __DIR__ . '/portico_ticket.php';

header('Content-Type: application/json');
header('Cache-Control: no-store');
// Only scripts of this site's own pages may ask: browsers say where a request comes from.
$site = $_SERVER['HTTP_SEC_FETCH_SITE'] ?? 'same-origin';
$member = $PHORUM['user']['user_id'] ?? 0;
if ($site !== 'same-origin' || empty($PHORUM['DATA']['LOGGEDIN']) || !$member) {
    echo json_encode(['ticket' => null]);
    return;
}
echo json_encode(['ticket' => portico_ticket(PORTICO_SECRET, PORTICO_REALM, PORTICO_FRONT, (string) $member)]);
