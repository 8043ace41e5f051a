#!/usr/bin/env perl

# Answering a cancel in front of the store.
#
#   offer         GET of the order, page rendered, event recorded; against
#                 lua-nginx-module doing one GET and one XADD over a cosocket
#                 and answering the same bytes ready-made ("lua"), and against
#                 one that does the same work (offer.lua, "lua-same"): it decodes
#                 the record, proves the owner, chooses the offers, signs the
#                 token and puts the page together; it asks no pool of codes. CPU
#                 of the nginx process per request, pinned to a core; wrk and
#                 Redis on the other. Redis is reached by TCP, as in the README;
#                 offer-unix is the same by a unix socket, where the peer's calls
#                 of the kernel, a few for each request, cost less. The row
#                 "return" is nginx' own return with the same bytes, no Redis and
#                 no event: the least that anybody in nginx could pay for them.
#   offer-catalog the same order's page with five offers that need a catalog (of
#                 10,000 products: what was bought, variants and similar ones to
#                 choose), against ours with five others, in one nginx. ratio =
#                 others / catalog.
#   offer-shell   the offer page in the shop's own layout, against a plain offer
#                 page and a tracked page of the same store together: what it is
#                 made of. The store is an nginx with a page of 60 KB.
#                 ratio = both / in the shell.
#   watched-pass  a watched request that is no cancel, proxied; instructions
#                 per request by callgrind, with the module watching and
#                 without the module, the mean over eight layouts of
#                 memory. ratio = without / with. The module calls malloc()
#                 for no such request; what malloc() itself costs still differs
#                 by hundreds of instructions, by which of its free pieces lie
#                 beside one another: so a second row leaves it out.
#   one-locale-more   the offer page in the last of a campaign's five languages,
#                 against one that has four, in instructions as above.
#                 ratio = four / five.

use strict;
use warnings;
use v5.30;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../t/lib";

use Bench;
use Digest::SHA qw(hmac_sha256);
use Encode qw(decode_utf8);
use IO::Socket::INET;
use JSON::PP;
use MIME::Base64 qw(decode_base64url encode_base64url);
use OrderSave::Nginx;
use OrderSave::Worker;
use POSIX qw(WNOHANG);
use Time::HiRes qw(sleep);

my ($quick, $only) = {words('intercept', [qw(offer offer-unix offer-catalog offer-shell watched-pass one-locale-more)])}->@{qw(quick case)};

my $rounds  = $quick ? 3 : 5;
my $seconds = $quick ? 2 : 5;
my @modules = map { "load_module /usr/lib/nginx/modules/$_;" }
    qw(ndk_http_module.so ngx_http_lua_module.so);
my @rows;

for my $case (qw(offer offer-unix)) {
    offer($case) unless $only && $only ne $case;
}
offer_catalog() unless $only && $only ne 'offer-catalog';
offer_shell() unless $only && $only ne 'offer-shell';
watched_pass() unless $only && $only ne "watched-pass";
one_locale_more() unless $only && $only ne 'one-locale-more';
write_results('intercept', $rounds, @rows);

# The order that both look up, in the demo's shape: two lines.
sub an_order {
    my ($t) = @_;
    return $t->order(19, payment => 'unpaid', total => 4940, shipping => 490, items => [
        {id => '12', name => 'Stoneware mug, set of two', quantity => 1, total => 2800,
         image => '/static/mug.svg', url => '/product/mug/'},
        {id => '13', name => 'Beeswax candle', quantity => 1, total => 1650,
         image => '/static/candle.svg', url => '/product/candle/'}]);
}

# What is inside a token, but for what no two have in common.
sub inside {
    my ($page) = @_;
    my ($key, $payload, $mac) = split /\./, OrderSave::Nginx::token($page);
    die "the token's MAC is wrong\n" unless $mac eq encode_base64url(hmac_sha256("$key.$payload", $OrderSave::Nginx::KEY));
    my $inside = decode_json(decode_base64url($payload));
    delete @$inside{qw(x n)};
    return JSON::PP->new->canonical->encode($inside);
}

sub without_token { return $_[0]{body} =~ s/(name="ordersave_token" value=")[^"]+/$1/r }

# What offer.lua knows before any request comes: the page in pieces, and what the
# campaign says of its offers.
sub shop_in_lua {
    my ($mine, $campaign) = @_;
    my %saves = ('4.45' => 'save10', '4.90' => 'shipping', '5.00' => 'five');
    my $page = $mine->{body};
    my $hole = sub { return "\x02$_[0]\x03" };
    $page =~ s/(name="ordersave_token" value=")[^"]+/$1 . $hole->('token')/e or die;
    $page =~ s/(<form method="post" action=")[^"]+/$1 . $hole->('action')/e or die;
    $page =~ s/(<bdi class="o">)19(?=<)/$1 . $hole->('id')/ge or die;
    for my $item (['1', '/static/mug.svg', 'Stoneware mug, set of two'], ['2', '/static/candle.svg', 'Beeswax candle']) {
        my ($n, $image, $name) = @$item;
        my %at = map { $_ => $hole->("item.$n.$_") } qw(image name quantity total);
        $page =~ s{<img src="\Q$image\E"(.*?)<bdi>\Q$name\E(</bdi> .*? )1(</span></span><span class="m">)[^<]+}
                  {<img src="$at{image}"$1<bdi>$at{name}$2$at{quantity}$3$at{total}} or die;
        $page =~ s{<option value="\Q$name\E">\Q$name\E<}{<option value="$at{name}">$at{name}<}g or die;
    }
    $page =~ s{(<span>Shipping</span><span class="m">)[^<]+}{$1 . $hole->('shipping')}e or die;
    $page =~ s{(<span>Total</span><span class="m">)[^<]+}{$1 . $hole->('total')}e or die;
    $page =~ s{You save \xe2\x82\xac([\d.]+)\. The new total is [^<]+}
              {'You save ' . $hole->("amount.$saves{$1}") . '. The new total is ' . $hole->("new.$saves{$1}") . '.'}ge;

    my $terms = decode_json(decode_base64url((split /\./, OrderSave::Nginx::token($mine))[1]))->{f};
    my @offers = map {
        my ($id, $give) = @$_{qw(id give)};
        my %o = (id => $id, payment => $_->{when}{payment}, catalog => ($give->{info}{about} // '') eq 'products' ? JSON::PP::true : undef);
        $o{percent} = 0 + $give->{coupon}{percent} if $give->{coupon};
        $o{fixed} = {EUR => 500} if $give->{discount};
        $o{shipping} = $o{money} = JSON::PP::true if $give->{free_shipping};
        $o{money} = JSON::PP::true if $o{percent} or $o{fixed};
        $o{budget} = JSON::PP::true if $_->{limit}{budget};
        # as the module writes them: in this order
        my %t = %{$terms->{$id} // {}};
        delete @t{qw(amount currency budget)};
        $o{terms} = '{' . join ',', map { my $name = $_; map { encode_json([$name, $_]) =~ s/^\[(.*?),(.*)\]\z/$1:$2/sr } $t{$name} }
            grep { exists $t{$_} } qw(kind give percent pool about for url);
        +{map { $_ => $o{$_} } grep { defined $o{$_} } keys %o};
    } @{$campaign->{offers}};
    return JSON::PP->new->utf8->canonical->encode({pieces => [split /[\x02\x03]/, decode_utf8($page)], offers => \@offers,
        key => {id => 'k1', secret => $OrderSave::Nginx::KEY}, store => 'shop', revision => 1, valid => 86400,
        statuses => $campaign->{eligible}{status}, max_age => 30 * 86400, experiment => 'demo', holdout => 0});
}

# What both of Lua's begin and end with: the record is asked for over a cosocket,
# and the page is sent with the headers that ours has.
sub lua_ask {
    my ($where, $key) = @_;
    return <<EOT;
                local sock = ngx.socket.tcp()
                local ok, err = sock:connect($where)
                if not ok then return ngx.exit(500) end
                sock:send("*2\\r\\n\$3\\r\\nGET\\r\\n\$@{[length $key]}\\r\\n$key\\r\\n")
                local head = sock:receive("*l")
                local record = sock:receive(tonumber(string.sub(head, 2)) + 2)
EOT
}

sub lua_answer {
    return <<'EOT';
                local kind = sock:receive("*l")
                sock:receive(tonumber(string.sub(kind, 2)) + 2)
                sock:setkeepalive(60000, 64)
                ngx.header["Cache-Control"] = "no-store, private"
                ngx.header["Content-Security-Policy"] = policy
                ngx.header["Content-Language"] = "en"
                ngx.header["X-Content-Type-Options"] = "nosniff"
                ngx.header["Referrer-Policy"] = "same-origin"
                ngx.header["Content-Length"] = #page
                ngx.print(page)
EOT
}

# The server of the one that does the same: it has the cancel's own address, so
# that the page is the same.
sub lua_server {
    my ($port, $where, $order_key, $event_key) = @_;
    return <<EOT;
    server {
        listen 127.0.0.1:$port; access_log off; keepalive_requests 1000000000;
        location /cart/ {
            default_type "text/html; charset=utf-8";
            content_by_lua_block {
@{[lua_ask($where, $order_key)]}
                local page, event = offer.page(record, ngx.var.arg_order, ngx.var.request_uri)
                if not page then return ngx.exit(404) end
                sock:send({xadd, "\$", #event, "\\r\\n", event, "\\r\\n"})
@{[lua_answer()]}
            }
        }
    }
EOT
}

sub offer {
    my ($case) = @_;
    my $unix = $case eq 'offer-unix';
    my $t = OrderSave::Nginx->new;
    my $campaign = decode_json(do { local (@ARGV, $/) = "$FindBin::Bin/../demo/campaign.json"; <> });
    delete @$campaign{qw(api returns withdrawal)};     # what needs the API
    $campaign->{offers} = [grep { (($_->{give}{request} // {})->{by} // '') ne 'api' } @{$campaign->{offers}}];
    $campaign->{experiment}{holdout} = 0;
    $t->write('campaign.json', encode_json $campaign);
    my $socket = $t->path('redis.sock');
    $t->start_redis(args => ['--unixsocket', $socket, '--unixsocketperm', '777']);
    system "taskset -apc 1 $t->{pids}{redis} >/dev/null";
    an_order($t);
    $t->redis('RPUSH', $t->key('pool:shop/save10', 'shop/19'), 'A' .. 'Z');
    $t->redis('SET', $t->key("budget:shop/five/EUR", 'shop/19'), 100000);

    my $order_key = $t->order_key(19);
    my $event_key = $t->key('ev', 'shop/19');
    my $page = $t->path('page.html');
    my $ours = $t->cancel_uri(19);
    my $port = OrderSave::Nginx::free_port();

    # the same bytes: ours, once, kept for the peer
    my $where = $unix ? qq("unix:$socket") : qq("127.0.0.1", $t->{redis_port});
    my $lua = <<EOT;
        location = /lua {
            default_type "text/html; charset=utf-8";
            content_by_lua_block {
@{[lua_ask($where, $order_key)]}
                sock:send(ready)
@{[lua_answer()]}
            }
        }
EOT
    my $event = encode_json({id => '0123456789abcdef', kind => 'exposed', order => 'shop/19',
        at_ms => 1795297000000, arm => 'treatment', experiment => 'demo', locale => 'en', mode => 'on',
        offers => [qw(save10 shipping five change returns)]});
    $t->write('page.html', '');
    $t->write('shop.json', '{"offers":[],"statuses":[]}');
    # as nginx' configuration quotes it; a word has 4096 bytes at most, and only a
    # variable is a dollar there
    my $quoted = sub { my ($text) = @_; $text =~ s/(["\\])/\\$1/g; $text =~ s/\$/\${dollar}/g; return qq("$text") };
    my @piece = map { "\$piece$_" } 0 .. 31;
    my $pieces = sub { my @text = unpack '(a1500)*', $_[0]; return join '', map { "    geo $piece[$_] { default " . $quoted->($text[$_] // '') =~ s/\$\{dollar\}/\$/gr . "; }\n" } 0 .. $#piece };
    my $init = sub {
        my ($policy, $body) = @_;
        return $pieces->($body) . <<EOT;
    geo \$dollar { default "\$"; }
    lua_socket_log_errors off;
    lua_package_path '$FindBin::Bin/?.lua;;';
    lua_package_cpath '/usr/lib/x86_64-linux-gnu/lua/5.1/?.so;;';
@{[lua_server($port, $where, $order_key, $event_key)]}
    init_by_lua_block {
        local f = io.open("$page"); page = f:read("*a"); f:close()
        policy = [[$policy]]
        offer = require "offer"
        local f = io.open("$t->{dir}/shop.json"); offer.setup(f:read("*a")); f:close()
        xadd = "*5\\r\\n\$4\\r\\nXADD\\r\\n\$@{[length $event_key]}\\r\\n$event_key\\r\\n\$1\\r\\n*\\r\\n\$1\\r\\ne\\r\\n"
        ready = xadd .. "\$@{[length $event]}\\r\\n" .. [[$event]] .. "\\r\\n"
    }
EOT
    };
    my $conf = sub { my ($body, $policy) = @_; return (main => join("\n", @modules, 'worker_cpu_affinity 01;'), log_level => 'warn', http => $init->($policy, $body),
        redis => 'ordersave_redis ' . ($unix ? "unix:$socket" : "127.0.0.1:$t->{redis_port}") . ' timeout=2s;',    # the peer's is longer still
        server => "access_log off; keepalive_requests 1000000000;\n" . $t->woo(more => $lua) =~ s/proxy_pass http:\/\/store;//r
            =~ s/proxy_http_version 1.1; proxy_set_header Connection "";//r
            . sprintf qq|location = /return { default_type 'text/html; charset=utf-8'; return 200 "%s"; add_header Cache-Control 'no-store, private'; add_header Content-Security-Policy %s; add_header Content-Language en; add_header X-Content-Type-Options nosniff; add_header Referrer-Policy same-origin; }\n|, join('', @piece), $quoted->($policy)) };

    $t->start_nginx($conf->('', ''));
    my $mine = $t->get($ours);
    die "no offer page: $mine->{raw}" unless $mine->{body} =~ /ordersave_token/;
    $t->write('page.html', $mine->{body});
    $t->write('shop.json', shop_in_lua($mine, $campaign));
    $t->kill_now('nginx', 'QUIT');
    $t->start_nginx($conf->($mine->{body}, OrderSave::Nginx::header($mine, 'Content-Security-Policy')));

    # both give the same result first
    my $theirs = $t->get('/lua');
    die "the peer answers other bytes\n" unless $theirs->{body} eq $mine->{body};
    for my $name ('Cache-Control', 'Content-Type', 'Content-Security-Policy') {
        die "the peer's $name differs\n"
            if OrderSave::Nginx::header($theirs, $name) ne OrderSave::Nginx::header($mine, $name);
    }
    my $same = $t->get($ours, port => $port);
    die "the peer that does the same work answers another page\n" unless without_token($same) eq without_token($mine) and inside($same) eq inside($mine);
    die "an event of each is missing\n" unless $t->redis('XLEN', $event_key) >= 3;
    my ($last, $first) = map { my $e = decode_json($_->[1][1]); delete @$e{qw(id at_ms)}; JSON::PP->new->canonical->encode($e) }
        ($t->redis('XREVRANGE', $event_key, '+', '-', 'COUNT', 1)->[0], $t->redis('XRANGE', $event_key, '-', '+', 'COUNT', 1)->[0]);
    die "the peer's event differs: $last, $first\n" if $last ne $first;
    die "nginx itself answers other bytes\n" unless $t->get('/return')->{body} eq $mine->{body};
    printf "page of %d bytes\n", length $mine->{body};

    my ($process) = children($t->{pids}{nginx});
    my @accept = ('-H', 'Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
                  '-H', 'Sec-Fetch-Mode: navigate', '-H', 'Sec-Fetch-Dest: document');
    my (%cpu, %rate);
    for my $round (0 .. $rounds) {
        for my $who ($round % 2 ? ('lua-same', 'lua', 'return', 'ours') : ('ours', 'return', 'lua', 'lua-same')) {
            $t->redis('DEL', $event_key);
            my $url = $who eq 'lua-same' ? "http://127.0.0.1:$port$ours" : "http://127.0.0.1:$t->{port}" . ($who eq 'ours' ? $ours : "/$who");
            my $before = cpu_seconds($process);
            my ($n, $s, $bad) = wrk($url, $round ? $seconds : 1, @accept);
            die "$bad bad answers from $who\n" if $bad;
            my $spent = cpu_seconds($process) - $before;
            my $recorded = $t->redis('XLEN', $event_key);
            die "$who recorded $recorded of $n events\n" if $who ne 'return' && $recorded < $n * 0.99;
            next unless $round;    # the first warms up
            push @{$cpu{$who}}, $spent / $n * 1e6;
            push @{$rate{$who}}, $n / $s;
            printf "$case round %d %-8s %8.1f us/request %9.0f requests/s\n", $round, $who, $cpu{$who}[-1], $rate{$who}[-1];
        }
    }
    push @rows, {case => $case, peer => 'lua', metric => 'cpu_us_per_request',
        compare($cpu{ours}, $cpu{lua})};
    push @rows, {case => $case, peer => 'lua-same', metric => 'cpu_us_per_request', compare($cpu{ours}, $cpu{'lua-same'})};
    push @rows, {case => $case, peer => 'return', metric => 'cpu_us_per_request', compare($cpu{ours}, $cpu{return})};
    push @rows, {case => $case, peer => 'lua', metric => 'requests_per_s',
        ours => median(@{$rate{ours}}), theirs => median(@{$rate{lua}})};
    $t->kill_now('nginx', 'QUIT');
    $t->kill_now('redis');
}

# Ten thousand products; the order's mug has nine variants and a category of fifty.
sub feed {
    return join "\n", map { encode_json({id => "$_", title => "Product $_", link => "https://shop.test/p/$_", price => 20 + $_ % 20 . '.00 EUR',
        product_type => 'Category ' . int($_ / 50), product_rating => '4.' . $_ % 10, review_count => $_, image_link => "https://shop.test/i/$_.jpg",
        item_group_id => 'g' . int($_ / 10), size => 'Size ' . $_ % 10, availability => 'in stock'}) } 12 .. 10_011;
}

sub offer_catalog {
    my $t = OrderSave::Worker->new;
    my $request = sub { return {id => $_[0], reasons => [$_[1]], give => {request => {for => $_[2], $_[3] ? (by => 'api') : ()}}} };
    $t->{overrides} = {site => 'https://shop.test', offers => [
        {id => 'look', reasons => ['changed_mind'], give => {info => {about => 'products'}}}, $request->('size', 'mistake', 'swap', 1),
        $request->('alike', 'better_price', 'similar', 1), $request->('match', 'better_price', 'match'), $request->('later', 'delivery_time', 'hold')]};
    $t->start(no_worker => 1);
    my $campaign = decode_json($t->read('campaign.json'));
    $campaign->{api}{actions}{swap} = [];
    $t->write('campaign.json', encode_json $campaign);
    my %plain = (%$campaign, offers => [$request->('talk', 'changed_mind', 'twice'), $request->('one', 'mistake', 'remove'),
        $request->('where', 'better_price', 'address'), $request->('match', 'better_price', 'match'), $request->('later', 'delivery_time', 'hold')]);
    $t->write('plain.json', encode_json \%plain);
    $t->start_worker;
    $t->write('feed.jsonl', feed());
    my ($rc, $out) = $t->ctl('catalog', 'import', $t->path('feed.jsonl'));
    die "no catalog\n" if $rc;
    print $out;
    my $o = $t->buy(customer => 'ada', items => [{product => 19, total => '39.00'}, {product => 13}]);
    my $shelf = $t->key('shelf:shop/' . $t->id($o), 'shop/' . $t->id($o));
    $t->wait_for('the shelf', sub { $t->redis('EXISTS', $shelf) }) or die "no shelf\n";
    $t->kill_now('worker');
    system "taskset -apc 1 $t->{pids}{redis} >/dev/null";
    $t->{upstream_port} = OrderSave::Nginx::free_port();
    my $port = OrderSave::Nginx::free_port();
    my $woo = $t->woo;
    $t->start_nginx(main => 'worker_cpu_affinity 01;', log_level => 'warn', server => "access_log off; keepalive_requests 1000000000;\n$woo",
        http => "server { listen 127.0.0.1:$port; access_log off; keepalive_requests 1000000000; ordersave_store shop;"
            . " ordersave_campaign $t->{dir}/plain.json; ordersave_key_file $t->{dir}/keys;\n$woo}\n");
    my $uri = $o->{cancel_url} =~ s{^https?://[^/]+}{}r;
    my %port = (catalog => $t->{port}, plain => $port);
    for my $who (sort keys %port) {
        my $page = $t->get($uri, port => $port{$who})->{body};
        my %offers = map { $_ => 1 } $page =~ /accept:(\w+)/g;
        my $choices = () = $page =~ /<option value="[^"]+\x{e2}\x{86}\x{92}/g;
        printf "%-7s page of %d bytes, %d offers to accept, %d choices\n", $who, length $page, scalar keys %offers, $choices;
        die "no such page\n" if ($who eq 'catalog') != ($choices > 5) || keys %offers < 4;
    }
    my ($process) = children($t->{pids}{nginx});
    my $event_key = $t->key('ev', 'shop/' . $t->id($o));
    my %cpu;
    for my $round (0 .. $rounds) {
        for my $who ($round % 2 ? ('plain', 'catalog') : ('catalog', 'plain')) {
            $t->redis('DEL', $event_key);
            my $before = cpu_seconds($process);
            my ($n, $s, $bad) = wrk("http://127.0.0.1:$port{$who}$uri", $round ? $seconds : 1, '-H', 'Accept: text/html',
                '-H', 'Sec-Fetch-Mode: navigate', '-H', 'Sec-Fetch-Dest: document');
            die "$bad bad answers from $who\n" if $bad;
            my $spent = cpu_seconds($process) - $before;
            next unless $round;
            push @{$cpu{$who}}, $spent / $n * 1e6;
            printf "offer-catalog round %d %-7s %8.1f us/request\n", $round, $who, $cpu{$who}[-1];
        }
    }
    push @rows, {case => 'offer-catalog', peer => 'without', metric => 'cpu_us_per_request', compare($cpu{catalog}, $cpu{plain})};
    $t->stop;
}

# A trivial store: an nginx of its own that answers every path with a file.
sub static_store {
    my ($t, $page) = @_;
    my $store = OrderSave::Nginx::free_port();
    $t->write('page', $page);
    $t->write('store.conf', <<EOT);
worker_processes 1; worker_cpu_affinity 10; pid $t->{dir}/store.pid; error_log $t->{dir}/logs/store.log; events { }
http { access_log off; keepalive_requests 1000000000; open_file_cache max=4; charset utf-8;
    client_body_temp_path $t->{dir}/tmp/a; proxy_temp_path $t->{dir}/tmp/b; fastcgi_temp_path $t->{dir}/tmp/c;
    uwsgi_temp_path $t->{dir}/tmp/d; scgi_temp_path $t->{dir}/tmp/e;
    server { listen 127.0.0.1:$store; default_type text/html; location / { root $t->{dir}; try_files /page =404; } } }
EOT
    $t->spawn('store', 'nginx', '-c', $t->path('store.conf'), '-g', 'daemon off;');
    return $store;
}

# WooCommerce's page, with a menu of some hundred entries.
sub shop_page {
    my $page = do { local (@ARGV, $/) = "$FindBin::Bin/../t/pages/shell-woocommerce-classic.html"; <> };
    my $entry = '<li class="menu-item menu-item-type-taxonomy menu-item-object-product_cat"><a href="/product-category/mugs-and-cups/">Mugs and cups</a></li>' . "\n";
    my $more = int((60_000 - length $page) / length $entry);
    return $page =~ s{(<ul class="menu">)}{$1 . $entry x $more}er;
}

sub offer_shell {
    my $t = OrderSave::Nginx->new;
    $t->start_redis;
    system "taskset -apc 1 $t->{pids}{redis} >/dev/null";
    $t->order(19, track => {milestone => 'in_transit', at => {confirmed => 1795290000}, parcels => []});
    $t->{upstream_port} = static_store($t, shop_page());
    my $common = 'access_log off; keepalive_requests 1000000000; ordersave_order_id $ordersave_arg_order_id;';
    my $proxy = 'proxy_pass http://store; proxy_http_version 1.1; proxy_set_header Connection "";';
    $t->{port} = OrderSave::Nginx::free_port();
    my $conf = $t->config(main => 'worker_cpu_affinity 01;', log_level => 'warn', server => <<EOT);
        $common
        ordersave_proof \$ordersave_arg_order;
        location /cart/plain/ { ordersave_cancel on; $proxy }
        location /cart/shell/ { ordersave_cancel on; ordersave_shell /my-account/ article timeout=10s; $proxy }
        location /order/ { ordersave_track on; ordersave_anchor before .entry-content; $proxy }
        location /my-account/ { $proxy }
        location /ordersave/ { ordersave_api on; }
EOT
    $conf =~ s/upstream store \{ (.*?) \}/upstream store { $1 keepalive 64; }/;
    $t->write('nginx.conf', $conf);
    $t->spawn('nginx', 'nginx', '-p', $t->{dir}, '-c', $t->path('nginx.conf'), '-g', 'daemon off;');
    $t->wait_for('nginx', sub { $t->reaches_redis }) or die "no nginx: " . $t->read('logs/nginx.out');

    my %path = map { $_ => ($_ eq 'track' ? '/order' : "/cart/$_") . '/?order_id=19&order=wc_order_19' } qw(plain shell track);
    my %shape = (plain => qr/^(?!.*colophon).*ordersave_token/s, shell => qr/<template.*ordersave_token.*colophon/s, track => qr/<ordersave-panel.*<h2.*colophon/s);
    for my $who (sort keys %path) {
        $t->wait_for("the page $who", sub { $t->get($path{$who})->{body} =~ $shape{$who} }) or die "no page $who\n";
        printf "%-5s page of %d bytes\n", $who, length $t->get($path{$who})->{body};
    }
    my ($process) = children($t->{pids}{nginx});
    my $event_key = $t->key('ev', 'shop/19');
    my %cpu;
    for my $round (0 .. $rounds) {
        for my $who ($round % 2 ? qw(track plain shell) : qw(shell plain track)) {
            $t->redis('DEL', $event_key);
            my $before = cpu_seconds($process);
            my ($n, $s, $bad) = wrk("http://127.0.0.1:$t->{port}$path{$who}", $round ? $seconds : 1, '-H', 'Accept: text/html',
                '-H', 'Sec-Fetch-Mode: navigate', '-H', 'Sec-Fetch-Dest: document');
            die "$bad bad answers from $who\n" if $bad;
            my $spent = cpu_seconds($process) - $before;
            next unless $round;
            push @{$cpu{$who}}, $spent / $n * 1e6;
            printf "offer-shell round %d %-5s %8.1f us/request\n", $round, $who, $cpu{$who}[-1];
        }
    }
    my $late = $t->status;
    die "pages without their shell\n" if grep { $late->{$_} } grep { /^shell_(?!shown)/ } keys %$late;
    push @rows, {case => 'offer-shell', peer => 'plain and tracked', metric => 'cpu_us_per_request',
        compare($cpu{shell}, [map { $cpu{plain}[$_] + $cpu{track}[$_] } 0 .. $#{$cpu{shell}}])};
    $t->stop;
}

# Self cost of all functions, and of all but malloc's own, in what callgrind has
# written.
sub counted {
    my ($file) = @_;
    my (%name, $fn, $called, $all, $malloc);
    open my $fh, '<', $file or die "$file: $!";

    while (<$fh>) {
        if (/^(c?)fn=\((\d+)\)(?: (.*))?/) {
            $name{$2} = $3 if defined $3;
            $fn = $name{$2} unless $1;
        } elsif (/^calls=/) {
            $called = 1;
        } elsif (my ($cost) = /^[-+*\d]\S* (\d+)/) {
            if ($called) { $called = 0; next }
            $all += $cost;
            $malloc += $cost if $fn =~ /^(?:malloc|free|cfree|calloc|realloc|posix_memalign|_mid_memalign|_int_\w+
                |malloc_consolidate|unlink_chunk|sysmalloc|systrim|alloc_perturb)\b/x;
        }
    }

    return $all, $all - $malloc;
}

# A function: the cases run before the file is through.
sub pass { return (uri => '/shop/?orderby=price&paged=2', has => qr/a page of the store/) }

# Instructions of one nginx process for n requests over one connection. What
# malloc costs depends on what was freed before, by hundreds of instructions a
# request and with or without us: the configuration has $pad bytes more, to lay
# its memory out another way.
sub instructions {
    my ($with, $n, $pad, %o) = (@_[0 .. 2], pass(), @_[3 .. $#_]);
    my $t = OrderSave::Nginx->new($o{campaign} ? (campaign => $o{campaign}) : ());
    $t->start_redis;
    $o{before}->($t) if $o{before};
    # a trivial store: an nginx of its own
    my $store = OrderSave::Nginx::free_port();
    $t->write('store.conf', <<EOT);
worker_processes 1; pid $t->{dir}/store.pid; error_log $t->{dir}/logs/store.log; events { }
http { access_log off; keepalive_requests 1000000000;
    client_body_temp_path $t->{dir}/tmp/a; proxy_temp_path $t->{dir}/tmp/b; fastcgi_temp_path $t->{dir}/tmp/c;
    uwsgi_temp_path $t->{dir}/tmp/d; scgi_temp_path $t->{dir}/tmp/e;
    server { listen 127.0.0.1:$store; location / { return 200 "a page of the store"; } } }
EOT
    $t->spawn('store', 'nginx', '-c', $t->path('store.conf'), '-g', 'daemon off;');
    $t->{upstream_port} = $store;
    $t->{port} = OrderSave::Nginx::free_port();
    my $conf = $t->config(server => "access_log off; keepalive_requests 1000000000;\n" . $t->woo);
    $conf =~ s/upstream store \{ (.*?) \}/upstream store { $1 keepalive 4; }/;
    $conf =~ s/ \$ordersave_outcome[^']*'/'/;    # the same log format in both
    # a pool that ends just here or just there would be measured as a malloc
    $conf =~ s/access_log off;/access_log off; request_pool_size 16k;/;
    $conf =~ s/^http \{/http { log_format pad '@{["p" x $pad]}';/m;
    if (!$with) {
        $conf =~ s/^load_module .*\n//m;
        # as many locations, for nginx to look through
        $conf =~ s/(location [^\n]*\{ )ordersave_[^\n]*(\}\n)/$1return 204; $2/g;
        $conf =~ s/^\s*ordersave_[^\n]*\n//mg;
    }
    $t->write('nginx.conf', $conf);
    $t->spawn('nginx', 'valgrind', '-q', '--tool=callgrind', '--callgrind-out-file=' . $t->path('callgrind'),
        'nginx', '-p', $t->{dir}, '-c', $t->path('nginx.conf'), '-g', 'daemon off; master_process off;');
    my $socket;
    $t->wait_for('nginx under callgrind', sub {
        $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port});
    }) or die "no nginx: " . $t->read('logs/nginx.out');
    $socket->autoflush(1);
    for (1 .. $n) {
        print $socket "GET $o{uri} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n"
            . "Accept: text/html\r\nCookie: wp_session=0123456789abcdef\r\nAccept-Language: en\r\n\r\n";
        my $answer = '';
        while ($answer !~ $o{has}) {
            sysread $socket, $answer, 65536, length $answer or die "not the page that was asked for: $answer";
        }
    }
    close $socket;
    # a signal that comes just before nginx waits wakes nobody: a visitor does
    my $pid = delete $t->{pids}{nginx};
    kill 'QUIT', $pid;
    $t->wait_for('nginx to stop', sub {
        IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port});
        waitpid $pid, WNOHANG;
    }) or die 'nginx does not stop';
    system "cp", $t->path("callgrind"), "/tmp/cg.$with.$n" if $ENV{KEEP_CALLGRIND};
    my @total = counted($t->path('callgrind'));
    $t->kill_now($_) for 'store', 'redis';
    return @total;
}

# The page that an order's own language has: the last one, so that whatever walks
# over all of them walks as far as it can.
sub one_locale_more {
    my @all = sort map { m{([^/]+)\.json$} } glob "$FindBin::Bin/../campaign/locales/*.json";
    my $last = pop @all;
    splice @all, 4;                 # nginx reads them all, ever so slowly
    # so many that what the start costs, by how its buffers happen to grow, is
    # nothing beside them
    my ($few, $many) = (100, 2100);
    my @pads = map { 1 + 530 * $_ } 0 .. ($quick ? 2 : 7);
    my %per;
    for my $pad (@pads) {
        for my $more (0, 1) {
            my @locales = (@all[!$more .. $#all], $last);
            my %o = (campaign => {locales => \@locales, country_locales => {}}, before => sub { $_[0]->order(19, locale => $last) },
                uri => '/my-account/orders/?cancel_order=true&order=wc_order_19&order_id=19', has => qr{<html lang="\Q$last\E".*</html>\s*(?:\r\n0\r\n\r\n)?$}s);
            my @few  = instructions(1, $few, $pad, %o);
            my @many = instructions(1, $many, $pad, %o);
            $per{$more}[$_] += ($many[$_] - $few[$_]) / ($many - $few) / @pads for 0, 1;
        }
    }
    for my $row ([0, 'instructions_per_request'], [1, 'outside_malloc']) {
        my ($i, $metric) = @$row;
        printf "one-locale-more: %.0f %s with %d languages, %.0f with %d: %+.2f %%\n",
            $per{1}[$i], $metric, @all + 1, $per{0}[$i], scalar @all, ($per{1}[$i] / $per{0}[$i] - 1) * 100;
        push @rows, {case => 'one-locale-more', peer => 'one less', metric => $metric,
            ours => $per{1}[$i], theirs => $per{0}[$i]};
    }
}

sub watched_pass {
    my ($few, $many) = $quick ? (200, 1400) : (200, 4200);
    my @pads = map { 1 + 530 * $_ } 0 .. 7;
    my %per;
    for my $pad (@pads) {
        for my $with (0, 1) {
            my @few  = instructions($with, $few, $pad);
            my @many = instructions($with, $many, $pad);
            $per{$with}[$_] += ($many[$_] - $few[$_]) / ($many - $few) / @pads for 0, 1;
        }
    }
    for my $row ([0, 'instructions_per_request'], [1, 'outside_malloc']) {
        my ($i, $metric) = @$row;
        printf "watched-pass: %.0f %s, %.0f without the module: %+.2f %%\n",
            $per{1}[$i], $metric, $per{0}[$i], ($per{1}[$i] / $per{0}[$i] - 1) * 100;
        push @rows, {case => 'watched-pass', peer => 'without', metric => $metric,
            ours => $per{1}[$i], theirs => $per{0}[$i]};
    }
}
