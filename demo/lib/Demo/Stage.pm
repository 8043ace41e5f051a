package Demo::Stage;

# The whole house on 127.0.0.1: two stores, a Redis with AOF, nginx with the
# module, two workers, and a sink for mail and SMS. What it starts it stops, by
# PID.

use strict;
use warnings;
use v5.30;

use parent 'OrderSave::Nginx';

use Demo;
use Demo::Ago;
use Demo::History;
use Digest::SHA qw(hmac_sha256);
use File::Path qw(make_path);
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use POSIX qw(strftime);
use Time::HiRes qw(sleep time);

my $json = JSON::PP->new->canonical->utf8->pretty;

my $ROOT = $OrderSave::Nginx::ROOT;
my $BIN  = $ENV{ORDERSAVE_BIN} // "$ROOT/build";

# after: how soon the mail follows a cancel; holdout: percent, if not the
# campaign's; campaign: members that are other than the demo's; page_port: where
# Demo::Show's page is
sub new {
    my ($class, %o) = @_;
    my $self = $class->SUPER::new(no_campaign => 1, after => '2m', %o);
    $self->{port} //= OrderSave::Nginx::free_port();
    $self->{port2} = OrderSave::Nginx::free_port();
    return $self;
}

sub start {
    my ($self) = @_;
    my $site  = "http://127.0.0.1:$self->{port}";
    my $site2 = "http://127.0.0.1:$self->{port2}";

    $self->start_redis(aof => 1);
    $self->{sink} = Demo->sink('--name', 'Inbox');
    $self->{shop} = Demo->store('--name', 'Lumen & Loom', '--url', $site,
        '--secret', 'demo-secret', '--webhook', "$site/ordersave/in/woocommerce",
        '--cart-kb', 260, '--hook-delay', 50, '--cancellable',
        'pending,failed,on-hold,processing');
    $self->{second} = Demo->store('--name', 'Second Store', '--url', $site2,
        '--secret', 'other-secret', '--webhook', "$site2/ordersave/in/woocommerce",
        '--api-key', 'ck_two:cs_two', '--hook-delay', 50);
    $self->{second}{key} = 'ck_two:cs_two';

    $self->write('api-key', "ck_demo:cs_demo\n");
    $self->write('api-key-2', "ck_two:cs_two\n");
    $self->write('hook-secret', "demo-secret\n");
    $self->write('hook-secret-2', "other-secret\n");
    $self->write('carrier-secret', "carrier-secret\n");
    $self->write('sms-token', "secret\n");
    make_path($self->path('photos'));
    chmod 0777, $self->path('photos');      # nginx may be another user
    $self->campaigns($site, $site2);
    $self->write('worker.json', $json->encode($self->worker_config));

    $self->start_nginx(
        http   => $self->second_server,
        server => $self->shop_server(
            'hook-secret', $self->{shop}->url =~ s{^http://}{}r));
    $self->start_worker($_) for 'worker-1', 'worker-2';
    $self->history if $self->{history};
    $self->start_console;

    $self->catalog($site);

    my @codes = map { "SAVE10-$_" } 'AA' .. 'HZ';

    $self->coupons('shop', 'save10', @codes);
    $self->coupons('shop', 'back', map { "BACK-$_" } 1 .. 9);
    $self->coupons('shop', 'credit', map { "CREDIT-$_" } 1 .. 9);
    $self->coupons('second', 'thanks', map { "THANKS-$_" } 1 .. 9);
    $self->{shop}->control('POST', '/coupons', {codes => \@codes,
        type => 'percent', amount => 10, usage_limit => 1});
    $self->{second}->control('POST', '/coupons', {codes => [map { "THANKS-$_" } 1 .. 9],
        type => 'percent', amount => 20, usage_limit => 1});
    return $self;
}

sub start_worker {
    my ($self, $name) = @_;
    my $before = -s $self->path("logs/$name.out") // 0;     # of one that is gone
    $self->spawn($name, "$BIN/ordersave-worker", '-c', $self->path('worker.json'));
    $self->wait_for("$name", sub { substr($self->read("logs/$name.out"), $before) =~ /ready/ })
        or die $self->read("logs/$name.out");
}

# The shop's office: what happens, as pages.
sub start_console {
    my ($self) = @_;
    $self->spawn('console', "$BIN/ordersave-console", '-v', '-c', $self->path('worker.json'));
    $self->wait_for('the console', sub { $self->read('logs/console.out') =~ /up to date/ })
        or die $self->read('logs/console.out');
}

# Ninety days that never were, for the office.
sub history {
    my ($self) = @_;
    my $file = $self->write('history', Demo::History::commands(sub { $self->key(@_) },
        Demo::History::facts('shop', 'demo', int time)));
    system("redis-cli -p $self->{redis_port} --pipe < $file > /dev/null") == 0 or die 'redis-cli --pipe';
}

sub ctl {
    my ($self, @words) = @_;
    open my $out, '-|', "$BIN/ordersavectl", '-c', $self->path('worker.json'), @words
        or die "ordersavectl: $!";
    local $/;
    return scalar <$out>;
}

sub coupons {
    my ($self, $store, $pool, @codes) = @_;
    my $file = $self->write("$store-$pool", join('', map { "$_\n" } @codes));
    $self->ctl('-s', $store, 'coupons', 'load', $pool, $file);
}

# What the shop has, as a feed names it; the mugs come in three colours.
sub catalog {
    my ($self, $site) = @_;
    my %stars = (rating => '4.6', reviews => 128);
    my @feed = map { {title => $_->[1], id => $_->[0], link => "$site/product/$_->[2]/", price => "$_->[3] EUR", image_link => "$site/static/$_->[2].svg", %{$_->[4] // {}}} } (
        [12, 'Stoneware mug, set of two', 'mug', '28.00', {item_group_id => '12', color => 'white', product_type => 'Kitchen', %stars}],
        [31, 'Stoneware mug, set of two, sand', 'mug', '28.00', {item_group_id => '12', color => 'sand'}],
        [32, 'Stoneware mug, set of two, slate', 'mug', '26.00', {item_group_id => '12', color => 'slate'}],
        [13, 'Beeswax candle', 'candle', '16.50', {product_type => 'Home'}],
        [14, 'Canvas tote with inner pocket', 'tote', '24.00', {product_type => 'Kitchen', rating => '4.8', reviews => 41}]);

    $self->ctl('-s', 'shop', 'catalog', 'import', $self->write('feed.jsonl', join "\n", map { JSON::PP->new->utf8->encode($_) } @feed));
}

# demo/campaign.json on the ports of this run, and a second shop beside it.
sub campaigns {
    my ($self, $site, $site2) = @_;
    open my $fh, '<:raw', "$ROOT/demo/campaign.json" or die "campaign: $!";
    my $campaign = $json->decode(do { local $/; <$fh> });

    $campaign->{site} = $site;
    $campaign->{api}{base} = $self->{shop}->url;
    $campaign->{api}{basic_file} = $self->path('api-key');
    $campaign->{follow_up}{cancelled}{after} = $self->{after};
    $campaign->{review}{after} = '2s' if $self->{after} ne '2m';
    $campaign->{quiet} = {from => '00:00', until => '00:00'};    # nobody sleeps in a demo
    $campaign->{experiment}{holdout} = $self->{holdout} if defined $self->{holdout};
    $campaign = {%$campaign, %{$self->{campaign} // {}}};
    $self->write('campaign.json', $json->encode($campaign));

    my $second = $json->decode($json->encode($campaign));
    $second->{store} = 'second';
    $second->{experiment} = {name => 'second', holdout => 0};
    $second->{site} = $site2;
    $second->{brand} = {name => 'Second Store', accent => '#7a1f5c', accent_text => '#ffffff'};
    $second->{api}{base} = $self->{second}->url;
    $second->{api}{basic_file} = $self->path('api-key-2');
    $second->{mail} = {from => 'Second Store <hello@second.example>', support => 'care@second.example'};
    $second->{offers} = [{id => 'thanks', reasons => ['*'],
        give => {coupon => {pool => 'thanks', percent => '20'}},
        limit => {per_customer => 1}}];
    $second->{cancel} = {hosted => JSON::PP::true};     # paid orders have none there
    $second->{api}{actions}{cancel} = [{method => 'PUT',
        url => '/wp-json/wc/v3/orders/{{order.id}}', body => {status => 'cancelled'}}];
    $self->write('campaign-2.json', $json->encode($second));
}

sub worker_config {
    my ($self) = @_;
    return {
        redis => {host => '127.0.0.1', port => $self->{redis_port}, timeout => '30s'},
        key_file => $self->path('keys'), share => $self->{share},
        stores => {
            shop   => {campaign => $self->path('campaign.json')},
            second => {campaign => $self->path('campaign-2.json')},
        },
        smtp => {host => '127.0.0.1', port => $self->{sink}->smtp_port, starttls => 'never'},
        sms  => {kind => 'twilio', account => 'AC0demo', token_file => $self->path('sms-token'),
                 url => $self->{sink}{url}},
        retry => {first => '1s', most => '5s'},
        deliver_only_to => ['*'],
        console => {database => $self->path('console.db'), listen => 'unix:' . $self->path('console.sock'),
                    user_header => 'X-Remote-User', act => ['visitor']},
    };
}

# What a shop's own nginx.conf would hold; the README shows the same lines.
sub shop_server {
    my ($self, $secret, $store) = @_;
    my $page = $self->{page_port} ? <<EOT : '';
        location = / { return 302 /demo/; }
        location /demo/ { proxy_pass http://127.0.0.1:$self->{page_port}/; ordersave_cancel off; access_log off; }
        location /inbox/ { proxy_pass $self->{sink}{url}/; ordersave_cancel off; access_log off; }
EOT
    # a shop's people log in here as well
    $page .= "        location /office/ { proxy_pass http://unix:$self->{dir}/console.sock:/; proxy_set_header X-Remote-User visitor; ordersave_cancel off; access_log off; }\n";
    return <<EOT;
        ordersave_cancel   \$ordersave_has_cancel_order;
        ordersave_order_id \$ordersave_arg_order_id;
        ordersave_proof    \$ordersave_arg_order;
        ordersave_bypass   \$gateway;
        ordersave_anchor   before .woocommerce-order-details;
        ordersave_insert   withdraw append footer;
        proxy_set_header   Host \$http_host;
        location / { proxy_pass http://$store; }
        location /track-order/ {
            ordersave_track    on;
            ordersave_order_id \$ordersave_arg_orderid\$ordersave_body_orderid by=number;
            ordersave_proof    \$ordersave_arg_order_email\$ordersave_body_order_email by=email;
            proxy_pass http://$store;
        }
        location ~ ^/my-account/view-order/(?<viewed>[0-9]+)/ {
            ordersave_track    on;
            ordersave_order_id \$os_order;
            ordersave_shown    mark.order-number;
            proxy_pass http://$store;
        }
        location /ordersave/ { ordersave_api on; ordersave_photos $self->{dir}/photos; client_max_body_size 8m; }
        # the storefront's own API says whose an order is
        location = /ordersave/offer {
            ordersave_api    on;
            ordersave_verify /api/orders/\$ordersave_order_id "contains=\\"id\\":\$ordersave_order_id";
        }
        # a shop's people log in here: auth_basic, and \$remote_user
        location /ordersave/approve/ { ordersave_api on; ordersave_staff "the demo's visitor"; }
        location /o/ { ordersave_api on; }
        location = /ordersave/in/aftership {
            ordersave_ingest aftership secret_file=$self->{dir}/carrier-secret;
        }
        location = /ordersave/in/woocommerce {
            ordersave_ingest woocommerce secret_file=$self->{dir}/$secret;
        }
        location = /ordersave/status { ordersave_status; }
$page
EOT
}

sub second_server {
    my ($self) = @_;
    my $inner = $self->shop_server('hook-secret-2', $self->{second}->url =~ s{^http://}{}r)
        =~ s{^\s*location [^\n]*(?:/demo/|/inbox/|/office/)[^\n]*\n}{}gmr
        =~ s{^(\s*)ordersave_shown [^\n]*\n\K}{$1ordersave_insert   cancel after .woocommerce-order-details;\n$1ordersave_insert   withdraw append footer;\n}mr;
    return <<EOT;
    map \$ordersave_arg_redirect \$gateway { "" 1; default 0; }
    map \$ordersave_has_cancel_order \$os_order { 1 \$ordersave_arg_order_id; default \$viewed; }
    server {
        listen 127.0.0.1:$self->{port2};
        ordersave_store second;
        ordersave_campaign $self->{dir}/campaign-2.json;
        ordersave_key_file $self->{dir}/keys;
$inner
    }
EOT
}

# An order of a store's, and ordersave knows it.
sub buy {
    my ($self, $which, %new) = @_;
    my $store = $which eq 'second' ? $self->{second} : $self->{shop};
    my $order = $store->order(%new);
    $self->known($which, $order->{order}{id});
    return $order;
}

# The shop hands an order to a carrier: it is completed, with the number that a
# tracking plugin notes.
sub ship {
    my ($self, $order, $number) = @_;
    my $id = $order->{order}{id};
    $self->{shop}->api('PUT', "/orders/$id", {status => 'completed', meta_data => [
        {key => '_wc_shipment_tracking_items', value => [{tracking_number => $number,
            tracking_provider => 'dhl', date_shipped => int time}]}]});
    return $self->wait_for("parcel $number", sub {
        grep { $_->{number} eq $number } @{($self->record('shop', $id) // {})->{track}{parcels} // []};
    });
}

# What a carrier says of a parcel, as AfterShip signs it.
sub carrier {
    my ($self, $number, $tag, %o) = @_;
    my $at = strftime('%Y-%m-%dT%H:%M:%SZ', gmtime($o{at} // time));
    my $body = $json->encode({event => 'tracking_update', event_id => $o{id} // "e" . rand,
        msg => {tracking_number => $number, slug => 'dhl', tag => $tag, subtag => $o{subtag},
            expected_delivery => $o{arrival},
            checkpoints => [{tag => $tag, subtag => $o{subtag}, checkpoint_time => $at,
                message => $o{text} // $tag, location => $o{place}}]}});
    return $self->http('POST', '/ordersave/in/aftership', bare => 1, body => $body, headers => [
        'Content-Type: application/json',
        'aftership-hmac-sha256: ' . encode_base64(hmac_sha256($body, 'carrier-secret'), '')]);
}

sub known {
    my ($self, $which, $id) = @_;
    return $self->wait_for("order $which/$id", sub { $self->record($which, $id) });
}

sub record   { my ($self, $store, $id) = @_; return $self->_json('o', $store, $id) }
sub decision { my ($self, $store, $id) = @_; return $self->_json('d', $store, $id) }

sub _json {
    my ($self, $kind, $store, $id) = @_;
    my $text = eval { $self->redis('GET', $self->key("$kind:$store/$id", "$store/$id")) } // return;
    return $json->decode($text);
}

# A day passes: what happened is a day longer ago, in the shops, in all that is
# written, and for everything that waits. The workers stand still meanwhile, for
# less than their leases last.
sub day { $_[0]->later(86_400) }

sub later {
    my ($self, $seconds) = @_;
    $self->rest;
    my @workers = grep { $_ } map { $self->{pids}{$_} } grep { /^worker/ } keys %{$self->{pids}};
    kill STOP => @workers;
    my $good = eval { $self->_pass($seconds); 1 };
    my $why = $@;
    kill CONT => @workers;
    die $why unless $good;
}

# What a worker has begun it ends first: what it has read would be written back as
# if no time had passed. Not for long: a visitor may have stopped all workers.
sub rest {
    my ($self) = @_;
    for (1 .. 30) {
        return if (eval { $self->left(0) } // 0) == 0;
        sleep 0.1;
    }
}

sub _pass {
    my ($self, $seconds) = @_;
    my $text = JSON::PP->new->utf8->allow_nonref;

    $_->control('POST', '/tick', {seconds => $seconds}) for @$self{qw(shop second)};
    for my $key (@{$self->redis('KEYS', 'ordersave:*')}) {
        my $type = $self->redis('TYPE', $key);
        if ($type eq 'zset' && $key =~ /:queue$/) {
            $self->redis('ZINCRBY', $key, -1000 * $seconds, $_)
                for @{$self->redis('ZRANGE', $key, 0, -1)};
        } elsif ($type eq 'string' && $key =~ /:(?:o|d|link):/) {
            my $record = eval { $text->decode($self->redis('GET', $key)) } // next;
            $self->redis('SET', $key, $text->encode(Demo::Ago::ago($record, $seconds)), 'KEEPTTL');
        } elsif ($type eq 'hash' && $key =~ /:jobs:..$/) {
            my %jobs = @{$self->redis('HGETALL', $key)};
            for my $id (keys %jobs) {
                my $job = eval { $text->decode($jobs{$id}) } // next;
                $self->redis('HSET', $key, $id, $text->encode(Demo::Ago::ago($job, $seconds)));
            }
        }
    }
}

sub stop {
    my ($self) = @_;
    $self->kill_now('nginx', 'QUIT') if $self->{pids}{nginx};
    $self->kill_now($_) for grep { /^(?:worker|console)/ } sort keys %{$self->{pids}};
    $_->stop for grep { $_ } @$self{qw(shop second sink)};
    $self->kill_now($_) for sort keys %{$self->{pids}};
}

# Lines of the logs that nobody should ever see.
sub alerts {
    my ($self) = @_;
    return grep { /\[(?:alert|emerg)\]|Sanitizer|runtime error/ }
        map { split /\n/, $self->read("logs/$_") }
        map { s{.*/}{}r } glob "$self->{dir}/logs/*";
}

1;
