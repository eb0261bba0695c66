<?php
namespace portico\handover\controller;

use Symfony\Component\HttpFoundation\JsonResponse;

/** Answers with a hand-over ticket for the member who asks. */
class ticket
{
    private $user;
    private $request;
    private $config_file;

    public function __construct(\phpbb\user $user, \phpbb\request\request_interface $request, string $root, string $ext)
    {
        $this->user = $user;
        $this->request = $request;
        $this->config_file = $root . 'config.' . $ext;
    }

    public function answer(): JsonResponse
    {
        // Only scripts of this site's own pages may ask: browsers say where a request comes from.
        $site = $this->request->server('HTTP_SEC_FETCH_SITE', 'same-origin');
        $member = (int) $this->user->data['user_id'];
        $known = !empty($this->user->data['is_registered']) && empty($this->user->data['is_bot']) && $member !== ANONYMOUS;
        $ticket = $site === 'same-origin' && $known ? $this->sign((string) $member) : null;
        $response = new JsonResponse(['ticket' => $ticket]);
        $response->headers->set('Cache-Control', 'no-store');
        return $response;
    }

    private function sign(string $member): string
    {
        require_once __DIR__ . '/../portico_ticket.php';
        $portico_secret = $portico_realm = $portico_front = '';
        require $this->config_file;
        return \portico_ticket($portico_secret, $portico_realm, $portico_front, $member);
    }
}
