# Pages that a link with a token opens, in the shop's layout: the address that
# is shown has no token, nor has anything that a script of the shop can read.

use strict;
use warnings;
use Test::More;
use JSON::PP;
use OrderSave::Nginx;

my $layout = '<!DOCTYPE html><html lang="en"><head><title>Shop</title></head><body><nav>shop menu</nav><main id="main">old</main></body></html>';
my $t = OrderSave::Nginx->new(campaign => {cancel => {hosted => JSON::PP::true}, returns => {days => 30, refund => {days => 14}}, mail => {from => 'a@shop.test', support => 'b@shop.test'}})->start_redis->start_upstream(sub {
    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: " . length($layout) . "\r\n\r\n$layout" });
$t->order($_, email => 'ana@example.org', track => {milestone => 'delivered', at => {confirmed => time - 90000, delivered => time - 60},
    parcels => [{number => 'JD0146', carrier => 'dhl', milestone => 'delivered', at => {}}]}) for 19 .. 24;
$t->order($_) for 25, 26;
mkdir $t->path('photos');
chmod 0777, $t->path('photos');
my $api = 'location /ordersave/ { ordersave_api on; }';
$t->start_nginx(server => <<EOT);
        ordersave_cancel   \$ordersave_has_cancel_order;
        ordersave_order_id \$ordersave_arg_order_id;
        ordersave_proof    \$ordersave_arg_order;
        ordersave_shell /layout "#main" timeout=10s;
        ordersave_photos $t->{dir}/photos max=1m;
        client_max_body_size 4m;
        location / { proxy_pass http://store; }
        $api
EOT

sub link_to { my ($purpose, $id, %o) = @_;
    return "/ordersave/$purpose/" . $t->sign({p => $purpose, s => 'shop', o => "$id", v => 'owner', g => 0, x => time + 3600, l => 'en', %o}) }
# follows as a browser does: {address, cookie, page, head of the redirect}
sub follow { my ($link, %o) = @_;
    my $moved = $t->get($link, %o);
    my $to = OrderSave::Nginx::header($moved, 'Location') // return {moved => $moved};
    my ($cookie) = (OrderSave::Nginx::header($moved, 'Set-Cookie') // '') =~ /^([^;]+)/;
    return {moved => $moved, address => $to, cookie => $cookie,
            page => $t->get($to, headers => ["Cookie: theme=dark; $cookie; sid=7"])} }

my $link = link_to('track', 19);
my ($token) = $link =~ m{([^/]+)$};
my $track = follow($link);
is $track->{moved}{status}, 303, 'a link with a token leads on';
like $track->{address}, qr{^/ordersave/track/~[\w-]{16}$}, 'to an address without one';
my $set = OrderSave::Nginx::header($track->{moved}, 'Set-Cookie');
like $set, qr/=\Q$token\E; Path=\Q$track->{address}\E; Max-Age=86400; HttpOnly; SameSite=Lax$/, 'the token is in a cookie of that address, for no script';
like OrderSave::Nginx::header($t->get($link, headers => ['X-Forwarded-Proto: https']), 'Set-Cookie'), qr/; Secure$/, 'for TLS alone where there is TLS';
is $track->{page}{status}, 200, 'there the page is';
like $track->{page}{body}, qr{shop menu.*<template shadowrootmode="closed">.*JD0146.*</template>}s, 'in the shop\'s layout';
like $track->{page}{body}, qr{</style>.*<link rel="stylesheet" href="/ordersave/panel[^"]*\.css[^"]*">}s, 'with the panel\'s style';
unlike $track->{page}{body}, qr/panel[^"]*\.js/, 'without its script, which could not reach it';
my $back = follow(link_to('return', 19));
like $back->{address}, qr{^/ordersave/return/~[\w-]{16}$}, 'so does one to send something back';
like $back->{page}{body}, qr{shop menu.*<template shadowrootmode="closed">.*name="ordersave_}s, 'whose form stands in the layout';
(my $outside = $track->{page}{body}) =~ s{<template.*</template>}{}s;
unlike $outside, qr/k1\./, 'no token outside of the closed root';
is OrderSave::Nginx::header($track->{page}, 'Referrer-Policy'), 'same-origin', 'the address is no secret';

my ($asked) = grep { $_->{head} =~ m{ /layout} } $t->upstream_requests;
like $asked->{head}, qr/^cookie: theme=dark; sid=7\r?$/mi, 'the store is not shown the cookie';
unlike join('', map { $_->{head} } $t->upstream_requests), qr/\Q$token\E/, 'nor the token anywhere';
unlike $t->read('logs/access.log'), qr/\Q$token\E/, 'nor is a log';

# two links, two tabs
my $second = follow(link_to('track', 20));
isnt $second->{address}, $track->{address}, 'another link has another address';
my $both = $t->get($track->{address}, headers => ["Cookie: $second->{cookie}; $track->{cookie}"]);
like $both->{body}, qr/Order[^<]*19/, 'each address shows its own order';

# who has no cookie for it
my $none = $t->get($track->{address});
is $none->{status}, 403, 'without the cookie there is nothing';
like $none->{body}, qr/shop menu.*link/s, 'but a page that says so';
is $t->get($track->{address}, headers => ["Cookie: $second->{cookie}"])->{status}, 403, 'nor with another\'s';
(my $forged = $track->{cookie}) =~ s/.$/x/;
is $t->get($track->{address}, headers => ["Cookie: $forged"])->{status}, 403, 'nor with a forged one';
my $scripted = $t->get($track->{address}, bare => 1, headers => ['Sec-Fetch-Mode: cors', 'Sec-Fetch-Dest: empty', "Cookie: $track->{cookie}"]);
is $scripted->{status}, 403, 'a script that fetches the page gets none';
unlike $scripted->{body}, qr/JD0146/, 'nothing of it';

# every page that a message leads to
for my $purpose (qw(answer review solved score reason)) {
    my $page = follow(link_to($purpose, 21));
    is $page->{page}{status}, 200, "$purpose: the page";
    like $page->{page}{body}, qr{shop menu.*<template.*<form[^>]* action="\Q$page->{address}\E"}s, "$purpose: in its shell, its form leads to its own address";
}
my $leave = follow('/ordersave/unsubscribe/' . $t->sign({p => 'unsubscribe', s => 'shop', c => 'customer0000000000000021', x => time + 3600, l => 'en'}));
like $leave->{page}{body}, qr{shop menu.*<form[^>]* action="\Q$leave->{address}\E"}s, 'unsubscribe as well';
my $left = $t->post($leave->{address}, [[ordersave_do => 'leave']], headers => ["Cookie: $leave->{cookie}"]);
is $left->{status}, 200, 'a form is taken there';
like $left->{body}, qr{shop menu.*role="status"}s, 'and answered in the shell';
my $score = follow(link_to('score', 22));
my $thanks = $t->post($score->{address}, [[ordersave_score => 4]], headers => ["Cookie: $score->{cookie}"]);
like $thanks->{body}, qr/shop menu/, 'a score';
is $t->event(22, 'scored')->{score}, 4, 'is recorded';
my $click = $t->post('/ordersave/unsubscribe/' . $t->sign({p => 'unsubscribe', s => 'shop', c => 'customer0000000000000023', x => time + 3600, l => 'en'}), [['List-Unsubscribe' => 'One-Click']]);
is $click->{status}, 200, 'a mail program\'s one click needs no cookie';
unlike $click->{body}, qr/shop menu/, 'and what stands at a token\'s address has no script of the shop';

# the look-up form, and the kept page after an accept
my $form = $t->get('/ordersave/track');
like $form->{body}, qr{shop menu.*name="ordersave_number"}s, 'the look-up form';
my $offer = $t->get($t->cancel_uri(24));
my $accepted = $t->post($t->cancel_uri(24), [[ordersave_do => 'accept:ten'], [ordersave_token => OrderSave::Nginx::token($offer)]]);
my $kept = follow(OrderSave::Nginx::header($accepted, 'Location'));
like $kept->{address}, qr{^/ordersave/kept/~}, 'the kept page';
like $kept->{page}{body}, qr{shop menu.*<form method="post" action="/cart/\?cancel_order}s, 'with "cancel anyway" that leads to the store';

# our own cancel: its page, and what follows its forms
my $stop = follow(link_to('cancel', 25));
like $stop->{page}{body}, qr{shop menu.*<form method="post" action="\Q$stop->{address}\E".*ordersave_token}s, 'our own cancel is in the shell too';
my $asked_for = $t->post($stop->{address}, [[ordersave_do => 'cancel'], [ordersave_token => OrderSave::Nginx::token($stop->{page})]], headers => ["Cookie: $stop->{cookie}"]);
like $asked_for->{body}, qr/shop menu/, 'with the page that says that it was taken';
is $t->event(25, 'asked')->{via}, 'page', 'which it was';

my $other = follow(link_to('cancel', 26));
my $taken = $t->post($other->{address}, [[ordersave_do => 'accept:ten'], [ordersave_token => OrderSave::Nginx::token($other->{page})]], headers => ["Cookie: $other->{cookie}"]);
like OrderSave::Nginx::token_payload((OrderSave::Nginx::header($taken, 'Location') =~ m{/kept/(.+)})[0])->{u}, qr{^/ordersave/cancel/k1\.}, 'a kept page leads back longer than a cookie lasts';

# a photo may be larger than a form
my $review = follow(link_to('review', 21));
my $photo = join "\r\n", '--b', 'Content-Disposition: form-data; name="ordersave_do"', '', 'review',
    '--b', 'Content-Disposition: form-data; name="ordersave_photo"; filename="a.jpg"', 'Content-Type: image/jpeg', '', 'x' x 200_000, '--b--', '';
my $sent = $t->http('POST', $review->{address}, body => $photo, headers => ['Content-Type: multipart/form-data; boundary=b', "Cookie: $review->{cookie}"]);
isnt $sent->{status}, 413, 'a photo is read there as well';
like $sent->{body}, qr/shop menu.*role="alert"/s, 'and looked at';

# approve is the shop's own, and plain
my $approve = $t->get(link_to('approve', 19));
unlike $approve->{body}, qr/shop menu/, 'the shop\'s own page is plain';
isnt $approve->{status}, 303, 'and stays where it is';

# a browser that cannot show a declarative shadow root
my ($way) = $form->{body} =~ m{</template><p><a href="([^"]+)"};
my $plain = $t->get($way, headers => ["Referer: http://localhost$track->{address}"]);
is $plain->{status}, 303, 'a link beside the template leads back';
is OrderSave::Nginx::header($plain, 'Location'), $track->{address}, 'to the page that he came from';
my ($said) = OrderSave::Nginx::header($plain, 'Set-Cookie') =~ /^([^;]+)/;
my $bare = $t->get($track->{address}, headers => ["Cookie: $said; $track->{cookie}"]);
like $bare->{body}, qr/JD0146/, 'which he can see now';
unlike $bare->{body}, qr/shop menu|<template/, 'without the layout';
for my $evil ('https://evil.test/', 'https://localhost.evil.test/', 'https://localhost//evil.test/', 'https://evil.test//localhost/', 'localhost', '//', "https://localhost/\\evil.test") {
    is OrderSave::Nginx::header($t->get($way, headers => ["Referer: $evil"]), 'Location'), 'http://127.0.0.1', "and nowhere else: $evil";
}

# what does not fit into a cookie stays plain, at its own address
my $long = $t->get(link_to('track', 19, y => 'y' x 3900));
is $long->{status}, 200, 'a long token';
unlike $long->{body}, qr/shop menu/, 'is shown plain';

$t->stop;
done_testing;
