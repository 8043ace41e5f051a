# Whose order is it? What one sees follows from what proved it, a guess is
# counted wherever it is made, and nobody learns which orders there are.

use strict;
use warnings;
use Test::More;
use Digest::SHA qw(hmac_sha256);
use MIME::Base64 qw(encode_base64url);
use Time::HiRes qw(time);
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub {
    my ($head) = @_;
    my ($page) = $head =~ /[?&]page=(\d+)/;
    my $text = '<!DOCTYPE html><html><body>' . ($page ? "<p>Order <mark class=\"order-number\">$page</mark></p><div class=\"here\">details</div>" : '<p>login</p>')
        . '</body></html>';
    select undef, undef, undef, 0.15;           # no store is faster than Redis
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nETag: \"store\"\r\nContent-Length: " . length($text) . "\r\n\r\n$text";
});
my ($key) = $t->read('keys') =~ /^[^:#\s]+:(\S+)/m;
my $customer = substr encode_base64url(hmac_sha256("shop\0ana\@example.org", $key)), 0, 22;
my %track = (milestone => 'in_transit', at => {confirmed => time - 9000},
    parcels => [{number => 'JD0146', carrier => 'dhl', milestone => 'in_transit', at => {}}]);
$t->order($_, customer => $customer, total => 4242, email => 'ana@example.org', track => \%track) for 19 .. 25;

my $common = 'ordersave_track on; ordersave_anchor append .here; proxy_pass http://store; proxy_http_version 1.1; proxy_set_header Connection "";';
$t->start_nginx(server => <<"EOT");
        location /ordersave/ { ordersave_api on; }
        location /form/ { ordersave_order_id \$ordersave_body_orderid; ordersave_proof \$ordersave_body_email by=email; $common }
        location /both/ { ordersave_order_id \$ordersave_body_orderid; ordersave_proof \$ordersave_body_email by=email; ordersave_shown .order-number; $common }
        location /key/ { ordersave_order_id \$ordersave_arg_id; ordersave_proof \$ordersave_arg_key; $common }
        location /account/ { ordersave_order_id \$ordersave_arg_id; ordersave_shown .order-number; $common }
EOT

sub form {
    my ($place, $id, $email, $page) = @_;
    return $t->in_time(sub { $t->post("/$place/?" . (defined $page ? "page=$page" : ''), [[orderid => $id], [email => $email]]) });
}
sub tries { my ($id) = @_; return $t->redis('GET', $t->key("tries:shop/$id", "shop/$id")) // 0 }
sub ttl { my ($id) = @_; return $t->redis('TTL', $t->key("tries:shop/$id", "shop/$id")) }
sub payload { my ($page) = @_; my ($token) = $page->{body} =~ m{data-panel="/ordersave/panel/([^"]+)"}; return OrderSave::Nginx::token_payload($token) }

# what one sees

my $owner = $t->in_time(sub { $t->get('/key/?id=19&key=wc_order_19&page=19') });
is payload($owner)->{v}, 'owner', "the order's secret makes one its owner";
my $mail = form('form', 19, 'ana@example.org', 19);
like $mail->{body}, qr/JD0146/, 'number and e-mail show the parcel';
is payload($mail)->{v}, 'link', 'as a link in a mail would, and no more';
is payload(form('both', 19, 'ana@example.org', 19))->{v}, 'owner', "unless the store's page says whose it is as well";
ok $t->wait_for('the tries', sub { tries(19) <= 0 }), 'whoever was right has his tries back';

# one counter for form and page

unlike form('form', 20, "eve$_\@example.org", 20)->{body}, qr/JD0146/, "wrong e-mail $_" for 1 .. 3;
is $t->post('/ordersave/track', [[ordersave_number => '20'], [ordersave_secret => 'eve@example.org']])->{status}, 404, 'and two by the lookup form' for 1, 2;
is tries(20), 5, 'are five tries';
unlike form('form', 20, 'ana@example.org', 20)->{body}, qr/JD0146/, 'then the right one is too late on the page';
is $t->post('/ordersave/track', [[ordersave_number => '20'], [ordersave_secret => 'ana@example.org']])->{status}, 404, 'and in the form';

# a page made while Redis was late carries the guess in a link: that is counted as well

$t->silence;
my $late = $t->post('/form/?page=21', [[orderid => 21], [email => 'eve@example.org']]);
my ($guess) = $late->{body} =~ /data-panel="([^"]+)"/;
$late = $t->post('/form/?page=22', [[orderid => 22], [email => 'ana@example.org']]);
my ($right) = $late->{body} =~ /data-panel="([^"]+)"/;
$t->let_speak;
is $t->get($guess)->{status}, 403, 'a guess that waited is none better' for 1 .. 6;
cmp_ok tries(21), '>=', 6, 'and each is counted';
like $t->get($right)->{body}, qr/JD0146/, 'the right one is shown' for 1 .. 8;
ok $t->wait_for('the tries', sub { tries(22) <= 0 }), 'as often as one looks, and has all tries back, that of the late page too';

# a counter always ends

$t->redis('SET', $t->key('tries:shop/23', 'shop/23'), 2);
$t->post('/ordersave/track', [[ordersave_number => '23'], [ordersave_secret => 'eve@example.org']]);
cmp_ok ttl(23), '>', 3500, 'one without an end gets one';
$t->post('/ordersave/track', [[ordersave_number => '24'], [ordersave_secret => 'ana@example.org']]);
$t->redis('DEL', $t->key('tries:shop/25', 'shop/25'));
form('form', 25, 'ana@example.org', 25);
ok $t->wait_for("no counter without an end ($_)", sub { ttl($_) != -1 }), 'and none is made without one' for 24, 25;

# nobody learns which orders there are

sub outside {
    my ($answer) = @_;
    my $head = $answer->{head} =~ s/^date:.*\r\n//mir;
    return $head =~ s/^content-length:.*\r\n//mir . "\n" . $answer->{body};
}
for my $case (['login', ''], ['a page of another order', '&page=30']) {
    my ($what, $page) = @$case;
    my @answers = map { outside($t->get("/account/?id=$_$page")) } 19, 77, 19, 77;
    is $answers[0], $answers[1], "$what: an order that is there and one that is not look the same";
    is $answers[2], $answers[3], 'each time';
}

# a no comes after one time, known or not: the order of two answers says it

for my $id (25, 78) {
    my $start = time;
    $t->post('/ordersave/track', [[ordersave_number => $id], [ordersave_secret => 'eve@example.org']]);
    cmp_ok time - $start, '>', 0.3, "number $id: a no does not come at once";
}

$t->stop;
done_testing;
