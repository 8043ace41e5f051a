# long
#
# Clients that leave at every step of every kind of request, politely or not,
# with a Redis that answers or is silent, while nginx is reloaded: no process
# falls, no descriptor stays open, and what a whole form has said is told to the
# worker, though nobody is there to hear so. Under --sanitize nothing is touched
# that is gone. With --full they leave at many more bytes.

use strict;
use warnings;
use Test::More;
use Digest::SHA qw(hmac_sha256_hex);
use IO::Socket::INET;
use JSON::PP;
use OrderSave::Nginx;
use Socket qw(SOL_SOCKET SO_LINGER);

my $full = $ENV{ORDERSAVE_FULL};
my $t = OrderSave::Nginx->new(campaign => {cancel => {hosted => JSON::PP::true}, mail => {from => 'a@shop.test', support => 'b@shop.test'}, offers => [
    {id => 'ten', reasons => ['costs'], limit => {per_customer => 1}, give => {discount => {percent => '10'}}}]});
mkdir $t->path($_) for 'templates', 'photos';
$t->write('templates/block_one.html.mustache', '<div>[{{brand.name}}]</div>');
$t->write('secret', 'sesame');

my $long = '<html><body><mark class="order-number">ID</mark><p class="order-info">store</p>' . '<p>text</p>' x 6000 . '</body></html>';
$t->start_redis->start_upstream(sub {
    my ($head) = @_;
    my ($id) = $head =~ /order_id=(\w+)/;
    return "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n" if $head =~ /cancel_order/;
    my $page = $long =~ s/ID/$id \/\/ ''/er;
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nX-Ordersave-Order: " . ($id // '') . "\r\nContent-Length: " . length($page) . "\r\n\r\n$page";
});

$t->start_nginx(server => $t->woo . <<EOT2);
        client_max_body_size 10m;
        ordersave_photos $t->{dir}/photos max=20k;
        location /view { ordersave_track on; ordersave_shown mark.order-number; ordersave_anchor after p.order-info;
                         ordersave_insert one append body; proxy_pass http://store; }
        location /verified { ordersave_cancel 1; ordersave_verify /whose?order_id=\$arg_order_id; proxy_pass http://store; }
        location /whose { internal; ordersave_cancel off; proxy_pass http://store; }
        location = /in { ordersave_ingest generic secret_file=$t->{dir}/secret; }
EOT2

my $next = 100;
my %base = (s => 'shop', x => time + 3600, l => 'en', g => 0);

sub order { my $id = $next++; $t->order($id, track => {milestone => 'delivered', at => {}}); return $id }
sub open_order { my $id = $next++; $t->order($id); return $id }
sub link_of { my ($purpose, $id, %more) = @_; return "/ordersave/$purpose/" . $t->sign({%base, p => $purpose, o => "$id", %more}) }

sub request {
    my ($method, $uri, $body, @lines) = @_;
    push @lines, 'Content-Length: ' . length $body if defined $body;
    return join("\r\n", "$method $uri HTTP/1.1", 'Host: localhost', 'Accept: text/html', 'Sec-Fetch-Mode: navigate', @lines, '', '') . ($body // '');
}

sub form {
    my ($uri, %field) = @_;
    return request('POST', $uri, join('&', map { "$_=" . OrderSave::Nginx::_escape($field{$_}) } sort { ($a eq 'ordersave_token') <=> ($b eq 'ordersave_token') || $a cmp $b } keys %field),
        'Content-Type: application/x-www-form-urlencoded');
}

sub token { my ($id) = @_; return OrderSave::Nginx::token($t->get($t->cancel_uri($id))) // die "no offer for $id" }

sub has_event { my ($id, $kind) = @_; return sub { grep { $_->{kind} eq $kind } $t->events($id) } }

my $jpeg = "\xff\xd8" . join('', map { pack('C2n', 0xff, $_->[0], 2 + length $_->[1]) . $_->[1] }
    [0xe0, "JFIF\0" . pack('C9', 1, 1, 0, 0, 1, 0, 1, 0, 0)], [0xdb, pack 'C65', 0, (16) x 64],
    [0xc0, pack 'CnnC4', 8, 480, 640, 1, 1, 0x11, 0], [0xda, pack 'C6', 1, 1, 0, 0, 63, 0]) . "\x12\x34" x 4000 . "\xff\xd9";

sub webhook {
    my ($size) = @_;
    my $body = '{"id":"' . $next++ . '","note":"' . 'x' x $size . '"}';
    return request('POST', '/in', $body, 'Content-Type: application/json', 'X-Ordersave-Topic: order', 'X-Ordersave-Signature: sha256=' . hmac_sha256_hex($body, 'sesame'));
}

$t->write('photos/shop-kept.jpg', $jpeg);

# Each makes a new request, and what is to be true once it was heard as a whole.
# "soon" may be too late for a Redis that is silent: an accept then is "not
# known yet", and says so.
my %kind = (
    offer    => sub { request('GET', $t->cancel_uri(order())) },
    json     => sub { request('GET', $t->cancel_uri(order()), undef, 'Accept: application/vnd.ordersave+json') },
    verified => sub { request('GET', '/verified?order_id=' . order()) },
    accept   => sub { my $id = order(); (form($t->cancel_uri($id), ordersave_do => 'accept:ten', ordersave_reason => 'costs', ordersave_token => token($id)), has_event($id, 'accepted'), 'soon') },
    anyway   => sub { my $id = order(); (form($t->cancel_uri($id), ordersave_do => 'cancel', ordersave_token => token($id)), has_event($id, 'asked')) },
    view     => sub { request('GET', '/view?order_id=' . order()) },
    lookup   => sub { form('/ordersave/track', ordersave_number => order(), ordersave_secret => 'a@b.example') },
    own      => sub { request('GET', link_of('cancel', open_order(), v => 'owner')) },
    ask      => sub { my $id = open_order(); (form(link_of('cancel', $id, v => 'owner'), ordersave_do => 'cancel', ordersave_comment => 'words', ordersave_token => 'x'), has_event($id, 'asked')) },
    track    => sub { request('GET', link_of('track', order())) },
    panel    => sub { request('GET', link_of('panel', order())) },
    live     => sub { request('GET', link_of('live', order(), p => 'panel')) },
    review   => sub { my $id = order(); (request('POST', link_of('review', $id),
        join('', map { "--x7\r\nContent-Disposition: form-data; name=\"$_->[0]\"" . ($_->[2] ? '; filename="me.jpg"' : '') . "\r\n\r\n$_->[1]\r\n" }
            ['ordersave_stars', 4], ['ordersave_do', 'review'], ['ordersave_photo', $jpeg, 1]) . "--x7--\r\n",
        'Content-Type: multipart/form-data; boundary=x7'), has_event($id, 'reviewed'), 'soon') },
    score    => sub { my $id = order(); (form(link_of('score', $id), ordersave_score => 2), has_event($id, 'scored')) },
    leave    => sub { my $who = sprintf 'customer%014d', $next++; (form('/ordersave/unsubscribe/' . $t->sign({%base, p => 'unsubscribe', c => $who}), ordersave_do => 'leave'),
        sub { ($t->redis('GET', $t->key("suppress:shop/$who", "shop/$who")) // '') eq 'marketing' }) },
    photo    => sub { request('GET', '/ordersave/photo/' . $t->sign({%base, p => 'photo', f => 'shop-kept.jpg'})) },
    short    => sub { request('GET', '/ordersave/o/abcdefgh') },
    webhook  => sub { webhook(2000) },
    large    => sub { webhook(600_000) },
    status   => sub { request('GET', '/ordersave/status') },
);

# Sends so much of it, takes so much of the answer, and leaves.
sub leave_at {
    my ($text, $bytes, $answer, $rude) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port}) or return fail "no connection: $!";
    local $SIG{PIPE} = 'IGNORE';
    print $socket substr $text, 0, $bytes;
    $socket->flush;
    sysread $socket, my $some, $answer if $answer;
    setsockopt $socket, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0 if $rude;
    close $socket;
}

sub children { return split ' ', `pgrep -P $t->{pids}{nginx}` }

# What the one process of nginx holds: connections of clients, of the store, and
# files that are ours for a while.
sub held {
    my ($pid) = children();
    my (%to, @held);
    open my $tcp, '<', '/proc/net/tcp' or die $!;
    while (my $line = <$tcp>) {
        my ($local, $remote, $inode) = (split ' ', $line)[1, 2, 9];
        $to{$inode} = [map { hex((split /:/)[1] // 0) } $local, $remote];
    }
    for my $fd (glob "/proc/$pid/fd/*") {
        my $what = readlink $fd // next;
        push @held, $what if $what =~ /\(deleted\)|\/photos\/|\.spool/;
        my ($inode) = $what =~ /^socket:\[(\d+)\]$/ or next;
        my ($local, $remote) = @{$to{$inode} // next};
        push @held, "client $remote" if $local == $t->{port} && $remote;
        push @held, "store $local" if $remote == $t->{upstream_port};
    }
    return @held;
}

sub reload {
    my @old = children();
    $t->reload;
    $t->wait_for('another process', sub { my %old = map { $_ => 1 } @old; grep { !$old{$_} } children() });
}

# One round: every kind, left at every step; then all that was whole is told.
sub round {
    my ($name, %o) = @_;
    my (@whole, @begun);

    for my $kind (sort keys %kind) {
        my ($text) = $kind{$kind}->();
        my $head = index($text, "\r\n\r\n") + 4;
        my $end = length $text;
        my %cuts = map { $_ => 1 } 5, int($head / 2), $head - 1, $head, int(($head + $end) / 2), $end - 1, $end;
        if ($full) { $cuts{int($end * $_ / 40)} = 1 for 0 .. 39 }
        push @begun, [$kind, $_] for sort { $a <=> $b } keys %cuts;
    }

    # an offer's token is made while Redis still speaks
    my @prepared = map { my ($kind, $cut) = @$_; [$kind, $cut, $kind{$kind}->()] } @begun;
    $t->silence if $o{silent};

    my $n = 0;
    for my $one (@prepared) {
        my ($kind, $cut, $text, $told, $soon) = @$one;
        my $whole = $cut >= length $text;
        push @whole, [$kind, $told] if $whole && $told && !$o{rude} && !($soon && $o{silent});
        leave_at($text, $whole ? length $text : $cut, 0, $o{rude});
        leave_at(($kind{$kind}->())[0], 1e9, 1, $o{rude}) if $whole && !$o{silent};
        reload() if ++$n % ($full ? 200 : 60) == 0;
    }

    $t->let_speak if $o{silent};
    ok $t->wait_for('the old processes to end', sub { 1 == (() = children()) }), "$name: " . @prepared . ' have left, one process is there';
    my @held;
    ok $t->wait_for('all to be let go', sub { !(@held = held()) }), 'and holds nothing of theirs' or diag "@held";
    my @lost = grep { !$t->wait_for("$_->[0] to be told", $_->[1]) } @whole;
    is join(' ', map { $_->[0] } @lost), '', 'what ' . @whole . ' whole forms said is told' if @whole;
}

round('politely');
round('rudely', rude => 1);
round('Redis is silent', silent => 1);
round('and rudely', silent => 1, rude => 1);

# nothing is lost in between: nobody found neither Redis nor a place on the disk
is $t->status->{events_lost}, 0, 'no event was lost';
is $t->get('/ordersave/status')->{status}, 200, 'nginx is well';
my @fell = $t->read('logs/error.log') =~ /exited on signal.*/g;
is "@fell", '', 'no process fell';

$t->stop;
done_testing;
