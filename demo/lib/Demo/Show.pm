package Demo::Show;

# The demo for a person: the whole house behind one address, and a page with
# the buttons. The page is demo/show/; below /demo/ it finds
#
#     state              what everybody knows of the newest order, as JSON
#     order              POST locale, payment: a new order, shown in the shop
#     cancel             opens that order's Cancel link as its customer
#     redis              POST do=stop, do=start
#     day                POST: a day passes
#     parcel             POST do=ship, out, delivered, late, back

use Mojo::Base -strict, -signatures;
use utf8;

use Demo::Stage;
use Digest::SHA qw(sha1_hex);
use IO::Socket::INET;
use Mojo::IOLoop;
use Mojo::JSON qw(decode_json false true);
use Mojo::Server::Daemon;
use Mojo::Util qw(url_escape);
use Mojolicious;
use POSIX qw(strftime);
use Time::HiRes qw(sleep time);

# Who buys in which language, and with which money.
my %BUYER = (
    en => [ada     => 'USD'], id => [budi    => 'IDR'],
    ko => [minji   => 'KRW'], fr => [camille => 'EUR'],
);

my %PAYMENT = (
    delivery => {status => 'processing', payment_method => 'cod'},
    later    => {status => 'pending',    payment_method => 'bacs'},
    card     => {status => 'processing', payment_method => 'card'},
);

my %FILES = (
    ''         => ['index.html', 'text/html; charset=utf-8'],
    'show.css' => ['show.css',   'text/css; charset=utf-8'],
    'show.js'  => ['show.js',    'text/javascript; charset=utf-8'],
);

my $POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; "
    . "connect-src 'self'; img-src 'self' data:; frame-src 'self'; "
    . "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

my $FOLDER = "$OrderSave::Nginx::ROOT/demo/show";


# The house, telling what it does.
package Demo::Show::House {
    use parent -norequire, 'Demo::Stage';

    sub start_redis ($self, %o) {
        Demo::Show::told('Redis') if !$self->{told}++;
        return $self->SUPER::start_redis(%o);
    }

    sub campaigns ($self, @sites) {
        Demo::Show::told('two stores, an inbox for mail and SMS');
        return $self->SUPER::campaigns(@sites);
    }

    sub start_nginx ($self, %o) {
        Demo::Show::told('nginx with the module');
        return $self->SUPER::start_nginx(%o);
    }

    sub start_worker ($self, $name) {
        Demo::Show::told($name);
        return $self->SUPER::start_worker($name);
    }

    sub history ($self) {
        Demo::Show::told('ninety days that never were, for the office');
        return $self->SUPER::history;
    }

    sub start_console ($self) {
        Demo::Show::told('the console');
        return $self->SUPER::start_console;
    }

    # Requests that wait (the inbox does) must not hold up the end.
    sub stop ($self) {
        $self->kill_now('nginx');
        return $self->SUPER::stop;
    }
}


sub told ($what) { print "  + $what\n"; return }


sub run ($port) {
    STDOUT->autoflush(1);

    if (!is_free($port)) {
        print STDERR "Port $port is in use. Another one: "
            . "./build.sh demo --port N\n";
        return 1;
    }

    my $page_port = OrderSave::Nginx::free_port();
    my $house;
    my $stop = sub { die "stopped\n" };
    my $good = eval {
        local @SIG{qw(INT TERM HUP)} = ($stop) x 3;

        print "Starting, all on 127.0.0.1:\n";
        $house = Demo::Show::House->new(
            port => $port, page_port => $page_port, holdout => 0, history => 1);
        $house->start;
        1;
    };
    my $why = $@;

    if ($good) {
        my $daemon = daemon($house, $page_port);
        $stop = sub { Mojo::IOLoop->stop };
        local @SIG{qw(INT TERM HUP)} = ($stop) x 3;

        $daemon->start;
        print <<"EOT";

ordersave is shown at

    http://127.0.0.1:$port/

On another machine, first there: ssh -L $port:127.0.0.1:$port you\@this-machine
Ctrl-C stops everything.
EOT
        Mojo::IOLoop->start;
    }

    # Nothing is left behind, however impatient somebody is.
    local @SIG{qw(INT TERM HUP PIPE)} = ('IGNORE') x 4;

    print "\nStopping.\n";
    $house->stop if $house;
    print STDERR "The demo did not start: $why"
        if !$good && $why ne "stopped\n";

    return $good || $why eq "stopped\n" ? 0 : 1;
}


sub is_free ($port) {
    return defined IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => $port, Proto => 'tcp',
        Listen => 1, ReuseAddr => 1);
}


sub daemon ($house, $port) {
    my $app = Mojolicious->new;

    $app->secrets(['demo']);
    $app->mode('production');
    $app->log->level('error');

    my $show = {house => $house, days => 0, orders => []};
    my $r = $app->routes->under('/' => sub ($c) {
        $c->res->headers->header('Content-Security-Policy' => $POLICY);
        $c->res->headers->cache_control('no-store');

        # Another site's page has no business here.
        return 1 if $c->req->method ne 'POST'
            || ($c->req->headers->header('Sec-Fetch-Site') // 'same-origin')
               eq 'same-origin';

        $c->render(text => "From this page only.\n", status => 403);
        return undef;
    });

    for my $name (sort keys %FILES) {
        my ($file, $type) = @{$FILES{$name}};

        $r->get("/$name" => [format => 0] => sub ($c) {
            $c->res->headers->content_type($type);
            $c->reply->file("$FOLDER/$file");
        });
    }

    $r->get('/state'  => sub ($c) { $c->render(json => look($show)) });
    $r->get('/cancel' => sub ($c) { cancel($c, $show) });
    $r->post('/order' => sub ($c) { order($c, $show) });
    $r->post('/redis' => sub ($c) { redis($c, $show) });
    $r->post('/day'   => sub ($c) { day($c, $show) });
    $r->post('/parcel' => sub ($c) { parcel($c, $show) });

    return Mojo::Server::Daemon->new(
        app => $app, listen => ["http://127.0.0.1:$port"], silent => 1,
        inactivity_timeout => 60);
}


# --- the buttons ---


# To a page of the shop, as its customer.
sub as_customer ($c, $order, $url) {
    $c->res->code(303);
    $c->res->headers->location("/_demo/login?user=$order->{login}&to="
        . url_escape($url =~ s{^https?://[^/]+}{}r));
    $c->rendered;

    return;
}


sub done ($c) {
    return $c->render(json => {ok => true})
        if ($c->req->headers->accept // '') =~ /json/;

    $c->res->code(303);
    $c->res->headers->location('./');
    $c->rendered;

    return;
}


# Every order is somebody else's, so that each meets all offers.
sub order ($c, $show) {
    my $locale = $c->param('locale') // '';
    my $payment = $PAYMENT{$c->param('payment') // 'delivery'};

    return $c->render(text => "locale: en, id, ko or fr was expected\n",
        status => 400) if !$BUYER{$locale} || !$payment;

    my ($login, $currency) = @{$BUYER{$locale}};
    my $house = $show->{house};
    my $n = @{$show->{orders}} + 1;
    my $made = $house->{shop}->order(
        %$payment, customer => $login, locale => $locale,
        currency => $currency, consent => {email => 1, sms => 1},
        billing => {email => "$login.$n\@mail.example"});
    my $id = $made->{order}{id};

    push @{$show->{orders}}, {
        id => $id, login => $login, locale => $locale,
        before => $made->{order}{total}, cancel_url => $made->{cancel_url},
        events => [], told => {},
    };

    # Without Redis nobody knows it yet. Workers that just started may still
    # be sharing out the shards.
    $house->wait_for("order $id", sub { $house->record('shop', $id) })
        if $house->{pids}{redis};

    as_customer($c, $show->{orders}[-1], $made->{view_url});

    return;
}


sub cancel ($c, $show) {
    my $order = $show->{orders}[-1];

    return $c->redirect_to('./') if !$order;

    as_customer($c, $order, $order->{cancel_url});

    return;
}


sub redis ($c, $show) {
    my $house = $show->{house};
    my $do = $c->param('do') // '';

    return $c->render(text => "do: stop or start was expected\n",
        status => 400) if $do !~ /^(?:stop|start)$/;

    if ($do eq 'stop') {
        $house->stop_redis if $house->{pids}{redis};

    } elsif (!$house->{pids}{redis}) {
        $house->start_redis(aof => 1);
    }

    return done($c);
}


sub day ($c, $show) {
    my $house = $show->{house};

    return $c->render(text => "Start Redis first.\n", status => 409)
        if !$house->{pids}{redis};

    $house->day;
    $show->{days}++;

    return done($c);
}


# What a carrier then reports, as AfterShip calls it.
my %PARCEL = (
    ship      => [],
    out       => ['OutForDelivery'],
    delivered => ['Delivered'],
    late      => ['Exception', subtag => 'Exception_004', text => 'Delayed'],
    back      => ['Exception', subtag => 'Exception_011',
                  text => 'Returned to sender'],
);

# The newest order's parcel: it is shipped first, whatever is reported of it.
sub parcel ($c, $show) {
    my $house = $show->{house};
    my $order = $show->{orders}[-1];
    my $report = $PARCEL{$c->param('do') // ''};

    return $c->render(text => "do: " . join(', ', sort keys %PARCEL)
        . " was expected\n", status => 400) if !$report;
    return $c->render(text => "Order something first, with Redis up.\n",
        status => 409) if !$order || !$house->{pids}{redis};

    my $number = "JD00$order->{id}";

    $house->ship({order => {id => $order->{id}}}, $number)
        if !$order->{shipped}++;
    $house->carrier($number, @$report) if @$report;

    return done($c);
}


# --- what everybody knows ---


sub look ($show) {
    my $house = $show->{house};
    my $up = $house->{pids}{redis};
    my $order = $show->{orders}[-1];
    my @waiting = glob $house->path('spool/*.spool');
    my $seen = {
        redis => $up ? true : false, days => $show->{days},
        spool => @waiting ? true : false, order => undef,
        log => [lines($house)],
    };

    return $seen if !$order;

    my $id = $order->{id};
    my $shop = $house->{shop}->control('GET', "/orders/$id")->{order};
    my ($record, $decision, @due);

    if ($up) {
        $record = $house->record('shop', $id);
        $decision = $house->decision('shop', $id);
        @due = due($house, $id);
    }

    note($order, $record // {}, $decision // {}, $shop);

    $seen->{order} = {
        id => "$id", locale => $order->{locale}, status => $shop->{status},
        currency => $shop->{currency}, total => "$shop->{total}",
        before => "$order->{before}",
        paid => $shop->{date_paid_gmt} ? true : false,
        refunded => refunded($shop),
        decision => decided($up, $record, $decision),
        events => $order->{events}, due => \@due,
    };

    return $seen;
}


sub refunded ($shop) {
    my $sum = 0;

    $sum += abs $_->{total} for @{$shop->{refunds} // []};

    return $sum ? sprintf '%.2f', $sum : undef;
}


sub decided ($up, $record, $decision) {
    return 'unknown: Redis is stopped' if !$up;
    return (($record // {})->{save} // {})->{asked} ? 'none, asked to cancel'
                                                    : 'undecided' if !$decision;

    my $give = ($decision->{terms} // {})->{give} // $decision->{kind} // '';
    my $words = $decision->{state};

    $words .= ", $decision->{offer} (" . ($give =~ tr/_/ /r)
        . ($decision->{code} ? " $decision->{code}" : '') . ')'
        if $decision->{offer};
    $words .= ", applied: $decision->{applied}" if $decision->{applied};

    return $words;
}


# What came to pass since the last look.
sub note ($order, $record, $decision, $shop) {
    my $save = $record->{save} // {};
    my $asked = $save->{asked} // {};
    my $applied = $decision->{applied} // 'pending';
    my $tell = sub ($text) {
        push @{$order->{events}},
            {at => strftime('%H:%M:%S', localtime), text => $text}
            if !$order->{told}{$text}++;
    };

    $tell->("the store's webhook made it known") if $record->{id};
    $tell->("offer page shown, arm $save->{arm}") if $save->{exposed};
    $tell->("accepted: $decision->{offer}") if $decision->{offer};
    $tell->("the store's answer to the offer: $applied")
        if $applied ne 'pending';
    $tell->('asked to cancel' . ($asked->{reason} ? ": $asked->{reason}" : ''))
        if $asked->{at};
    $tell->("the store says $shop->{status}");
    $tell->('a read confirmed the cancel') if $save->{cancelled};
    $tell->('the offer was withdrawn and goes back')
        if ($decision->{state} // '') eq 'withdrawn';

    my $n = @{$save->{sent} // []};

    $tell->("message $_ sent") for 1 .. $n;
    $tell->("score given: $save->{score}{value}") if $save->{score};

    return;
}


# Messages and actions that wait, with the seconds until they are due.
sub due ($house, $id) {
    my @due;
    my $part = sprintf '%02x', hex(substr sha1_hex("shop/$id"), 0, 2) % 64;
    my %jobs = @{$house->redis('HGETALL', $house->key("jobs:$part", "shop/$id"))};

    for my $job (sort keys %jobs) {
        my $data = decode_json($jobs{$job});
        my $at = $house->redis('ZSCORE', $house->key('queue', "shop/$id"), "$part$job");

        next if $data->{order} ne "shop/$id" || !defined $at;

        push @due, {purpose => $data->{purpose}, channel => $data->{channel},
                    in => int($at / 1000 - time)};
    }

    return sort { $a->{in} <=> $b->{in} } @due;
}


# The last lines of nginx's log that ordersave had a word in.
sub lines ($house) {
    my @lines;

    for my $line (reverse split /\n/, $house->read('logs/access.log')) {
        my ($request, $status, $outcome) = $line
            =~ /^(\S+ \S+) (\d+) (\S+) \[/ or next;

        next if $outcome eq '-';

        # a secret is nobody's to read, and long
        $request =~ s/([\w.-]{6})[\w.-]{18,}|\*{4,}/($1 \/\/ '') . '…'/ge;

        push @lines, {request => $request, status => $status,
                      outcome => $outcome};
        last if @lines == 6;
    }

    return @lines;
}


1;
