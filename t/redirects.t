# A request may come to a location of any kind by any way that nginx has: each
# kind answers as it does when asked directly, or passes, and nothing falls.

use strict;
use warnings;
use Test::More;
use File::Path qw(make_path);
use OrderSave::Nginx;

# the store refuses, sends elsewhere, or answers
my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub {
    my ($head) = @_;
    my ($method, $uri) = $head =~ m{^(\S+) (\S+)};
    my ($to) = $uri =~ m{^/accel/(\w+)};
    return "HTTP/1.1 200 OK\r\nX-Accel-Redirect: /$to/track?x=1\r\nContent-Length: 0\r\n\r\n" if $to;
    ($to) = $uri =~ m{^/named/(\w+)};
    return "HTTP/1.1 200 OK\r\nX-Accel-Redirect: \@$to\r\nContent-Length: 0\r\n\r\n" if $to;
    return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" if $uri =~ m{^/(?:e404|e404is|e404ok|e404at)/};
    return "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n" if $uri =~ m{^/asked};
    my $text = '<html><body><p class="number">19</p><div class="here">store</div></body></html>';
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: " . length($text)
        . "\r\n\r\n" . ($method eq 'HEAD' ? '' : $text);
});
$t->order(19);
make_path($t->path('html'));
$t->write('secret', "sesame\n");
$t->write('other.json', JSON::PP->new->encode($t->campaign(store => 'other')));

# what stands in a location of each kind
my %kind = (
    plain  => 'proxy_pass http://store;',
    cancel => 'ordersave_cancel 1; proxy_pass http://store;',
    track  => 'ordersave_track on; ordersave_anchor append div.here; ordersave_shown p.number; proxy_pass http://store;',
    other  => "ordersave_store other; ordersave_campaign $t->{dir}/other.json; ordersave_track on;"
            . ' ordersave_anchor append div.here; ordersave_shown p.number; ordersave_cancel 1; proxy_pass http://store;',
    api    => 'ordersave_api on;',
    ingest => "ordersave_ingest generic secret_file=$t->{dir}/secret;",
    status => 'ordersave_status;',
);
my @kinds = sort keys %kind;

# and how one is sent there
my %way = (
    e404    => 'error_page 404 /KIND/track; proxy_intercept_errors on; proxy_pass http://store;',
    e404is  => 'error_page 404 = /KIND/track; proxy_intercept_errors on; proxy_pass http://store;',
    e404ok  => 'error_page 404 =200 /KIND/track; proxy_intercept_errors on; proxy_pass http://store;',
    e404at  => 'error_page 404 = @KIND; proxy_intercept_errors on; proxy_pass http://store;',
    accel   => 'proxy_pass http://store;',
    named   => 'proxy_pass http://store;',
    try     => 'try_files /no/such/file /KIND/track;',
    tryat   => 'try_files /no/such/file @KIND;',
    last    => 'rewrite ^ /KIND/track last;',
    deny    => 'deny all; error_page 403 /KIND/track;',
    denyat  => 'deny all; error_page 403 = @KIND;',
    return  => 'return 404; error_page 404 /KIND/track;',
    asked   => 'auth_request /asked; error_page 401 /KIND/track; proxy_pass http://store;',
    dead    => 'proxy_pass http://127.0.0.1:1; error_page 502 /KIND/track;',
    large   => 'client_max_body_size 1; error_page 413 = /KIND/track; proxy_pass http://store;',
    only    => 'limit_except GET { deny all; } error_page 403 = /KIND/track; proxy_pass http://store;',
    index   => 'index no.html /KIND/track; root ' . $t->path('html') . ';',
);
my @ways = sort keys %way;
make_path($t->path("html/index/$_")) for @kinds;

my $locations = join '', map { "location /$_/ { $kind{$_} } location \@$_ { $kind{$_} }\n" }
    grep { !/^(?:api|ingest|status)$/ } @kinds;
$locations .= "location /$_/ { $kind{$_} }\n" for qw(ingest status);
$locations .= "location /api/ { $kind{api} } location \@api { $kind{api} } location \@ingest { $kind{ingest} } location \@status { $kind{status} }\n";
for my $way (@ways) {
    $locations .= "location /$way/$_/ { " . $way{$way} =~ s/KIND/$_/gr . " }\n" for @kinds;
}
$t->write('campaign.json', JSON::PP->new->encode($t->campaign(api_path => '/api/')));
$t->allow(qr/rewrite or internal redirection cycle/);
$t->start_nginx(server => <<EOT, log_level => 'notice');
        ordersave_order_id \$arg_order_id;
        ordersave_proof    \$arg_order;
        ordersave_cancel   \$ordersave_has_cancel_order;
        ordersave_track    on;
        ordersave_anchor   append div.here;
        ordersave_shown    p.number;
        location = /asked { internal; ordersave_cancel off; ordersave_track off; proxy_pass_request_body off; proxy_set_header Content-Length ""; proxy_pass http://store; }
        $locations
EOT

my ($pid) = split ' ', `pgrep -P $t->{pids}{nginx}`;
my $args = 'order_id=19&order=wc_order_19';

for my $way (@ways) {
    my @lost;
    for my $to (@kinds) {
        for my $method (qw(GET POST HEAD)) {
            for my $query ($args, "cancel_order=1&$args", "cancel_order=1&$args&order_id=20", '') {
                my $answer = $t->http($method, "/$way/$to/page?$query", $method eq 'POST' ? (body => 'a=1') : ());
                push @lost, "$method $to ?$query" unless $answer->{status};
            }
        }
    }
    is "@lost", '', "$way: every request is answered";
}
is +(split ' ', `pgrep -P $t->{pids}{nginx}`)[0], $pid, 'by one process that never fell';

# where a page of our own is asked for, that is what comes, whoever sent the request
for my $way (grep { !/^(?:large|only|e404at|named|denyat|tryat|index)$/ } @ways) {
    for my $query ('', $args) {
        my $page = $t->get("/$way/api/page?$query");
        like $page->{body}, qr/ordersave_number/, "$way: the lookup form" . ($query && ' behind a tracked page')
            or diag $page->{raw};
    }
}

# a page of one store has nothing of another's order
my $page = $t->get("/e404is/other/page?$args");
like $page->{body}, qr/store/, 'another store answers';
unlike $page->{body}, qr/Blue mug/, 'without what the first store knows';

$t->stop;
done_testing;
