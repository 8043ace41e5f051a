#!/usr/bin/env perl

# A small shop that answers as WooCommerce does, for the demo and the tests:
# the same URLs, forms, cookies and nonces, REST API v3 and webhooks, with the
# oddities that software in front of a shop must live with. Everything is kept
# in memory. One process, one event loop.
#
#     demo/store.pl --listen 127.0.0.1:8081 --name "Lumen & Loom"
#
# See demo/README.md for the options and the endpoints below /_demo/.

use Mojo::Base -strict, -signatures;

use Compress::Zlib ();
use Digest::SHA qw(hmac_sha256_hex);
use FindBin;
use Getopt::Long qw(GetOptions);
use Mojo::JSON qw(decode_json encode_json true false);
use Mojo::Server::Daemon;
use Mojo::URL;
use Mojolicious;
use Time::HiRes ();

use lib "$FindBin::Bin/lib";

use Demo::Headless qw(app_page app_script order_seen rest_cancel mutation);
use Demo::Orders;
use Demo::PHP qw(query absint);
use Demo::Pages qw(page picture);
use Demo::Rest qw(order_json note_json refund_json update_order);
use Demo::Webhooks;


my %option = (
    listen        => '127.0.0.1:8081',
    name          => 'Lumen & Loom',
    currency      => 'EUR',
    secret        => 'demo',
    'api-key'     => 'ck_demo:cs_demo',
    cancellable   => 'pending,failed',
    hold          => 60,
    delay         => 0,
    'hook-delay'  => 200,
    'cart-kb'     => 260,
);

GetOptions(\%option, 'listen=s', 'name=s', 'url=s', 'currency=s', 'webhook=s@',
           'secret=s', 'api-key=s', 'cancellable=s', 'hold=i', 'delay=i',
           'hook-delay=i', 'cart-kb=i', 'first=i', 'log=s', 'help')
    or exit 2;

if ($option{help}) {
    print <<"HELP";
Usage: store.pl [OPTION]...

  --listen HOST:PORT   where to answer (127.0.0.1:8081)
  --name TEXT          the shop's name
  --url ORIGIN         its public origin; the request's Host unless set
  --currency CODE      of orders that name none (EUR)
  --webhook URL        deliver order webhooks to URL (may be repeated)
  --secret TEXT        their secret, also that of keys and nonces (demo)
  --api-key KEY:SECRET of the REST API (ck_demo:cs_demo)
  --cancellable LIST   statuses a customer may cancel (pending,failed)
  --hold MINUTES       cancel pending orders after (60; 0: never)
  --first NUMBER       id of the first order (19)
  --delay MS           wait before every page
  --hook-delay MS      how long changes are gathered into one webhook (200)
  --cart-kb N          size of the cart page in KB (260)
  --log FILE           append every request as received, one JSON line each
HELP
    exit 0;
}


# The bytes of a request exactly as they came.
package Demo::Request {
    use Mojo::Base 'Mojo::Message::Request', -signatures;

    has raw => '';

    sub parse ($self, @chunk) {
        $self->{raw} = ($self->{raw} // '') . join '', @chunk;
        return $self->SUPER::parse(@chunk);
    }
}


# --- the store ---


my $log;

if (defined $option{log}) {
    open $log, '>>', $option{log} or die "$option{log}: $!\n";
    $log->autoflush(1);
}

my @requests;                   # the last ones, for /_demo/requests
my $request_count = 0;
my @faults;                     # see /_demo/fault
my $key_rights = 'read_write';  # see /_demo/key
my $hooks;

my $store = Demo::Orders->new(
    name        => $option{name},
    secret      => $option{secret},
    currency    => $option{currency},
    cancellable => [ split /,/, $option{cancellable} ],
    hold        => $option{hold},
    on_change   => sub ($event, $order) {
        $hooks->changed($event, $order) if $hooks;
    },
);

$store->{next_id} = $option{first} if $option{first};

my $origin = $option{url} // "http://$option{listen}";

$hooks = Demo::Webhooks->new(
    delay  => $option{'hook-delay'} / 1000,
    source => sub { $origin },
    json   => sub ($order) { order_json($store, $order, $origin) },
);

my $padding = '';

if ($option{'cart-kb'}) {
    my $line = '.wp-block-%05d{margin-block-start:1.5em;padding:0}' . "\n";
    my $n = int(($option{'cart-kb'} * 1024 - 6000) / length sprintf $line, 0);
    $padding = join '', map { sprintf $line, $_ } 1 .. ($n > 0 ? $n : 0);
}


my $app = Mojolicious->new;

$app->secrets([ $option{secret} ]);
$app->mode('production');
$app->log->level('error');
$app->renderer->compress(0);
$app->types->type(html => 'text/html; charset=UTF-8');


# --- requests ---


$app->hook(after_build_tx => sub ($tx, $app) {
    $tx->req(Demo::Request->new);
});


sub record ($c) {
    my $req = $c->req;
    my $raw = $req->raw;
    my $left = length($req->content->leftovers // '');

    substr $raw, -$left, $left, '' if $left && $left <= length $raw;

    my ($head, $body) = split /\r?\n\r?\n/, $raw, 2;
    my ($line, $headers) = split /\r?\n/, $head, 2;

    # Bytes, each as the character of its number: JSON has no bytes.
    my $entry = {
        n => ++$request_count, at => Time::HiRes::time(), line => $line,
        headers => $headers // '', body => $body // '',
    };

    push @requests, $entry;
    shift @requests while @requests > 2000;

    print {$log} encode_json($entry), "\n" if $log;

    return;
}


# The query's bytes, as the request line carried them.
sub query_bytes ($c) {
    my ($line) = $c->req->raw =~ /^([^\r\n]*)/;
    my (undef, $target) = split / /, $line;

    return ($target // '') =~ /\?([^#]*)/ ? $1 : '';
}


sub base ($c) {
    return $option{url} if defined $option{url};

    my $scheme = $c->req->headers->header('X-Forwarded-Proto') // 'http';

    return "$scheme://" . ($c->req->headers->host // $option{listen});
}


# Notices and cart of a visitor; begun when `new` asks for it.
sub session ($c, $new = 1) {
    my $known = $c->stash->{shop_session}
        // $store->{sessions}{ $c->cookie('wp_woocommerce_session') // '' };

    return $known if $known || !$new;

    my $id = substr hmac_sha256_hex(join(' ', Time::HiRes::time(), rand),
                                    $option{secret}), 0, 24;

    $c->cookie(wp_woocommerce_session => $id, { path => '/', httponly => 1 });

    return $c->stash->{shop_session} = $store->{sessions}{$id}
        = { notices => [], cart => [] };
}


sub login_cookie ($user) {
    return "$user->{login}|"
        . substr hmac_sha256_hex($user->{login}, "$option{secret} login"), 0, 20;
}


sub current_user ($c) {
    my $cookie = $c->cookie('wordpress_logged_in') // '';
    my ($login) = $cookie =~ /^([a-z]+)\|/ or return undef;
    my $user = $store->user($login);

    return $user && $cookie eq login_cookie($user) ? $user : undef;
}


# What the pages need to know of a request. A notice is shown once.
sub context ($c) {
    my $session = session($c, 0);
    my $notices = $session ? $session->{notices} : [];

    $session->{notices} = [] if $session;

    return {
        store => $store, user => current_user($c), base => base($c),
        notices => $notices, cart => $session ? $session->{cart} : [],
        cart_padding => $padding,
    };
}


sub notice ($c, $kind, $text) {
    push @{ session($c)->{notices} }, [ $kind, $text ];

    return;
}


# A page as PHP behind a web server sends it: chunked, without a length.
sub send_page ($c, $html, %more) {
    my $headers = $c->res->headers;

    utf8::encode($html);

    $headers->content_type('text/html; charset=UTF-8');
    $headers->header('X-Powered-By' => 'PHP/8.2');

    if (current_user($c)) {
        $headers->cache_control('no-cache, must-revalidate, max-age=0, '
                                . 'no-store, private');
    }

    if (($c->req->headers->accept_encoding // '') =~ /\bgzip\b/) {
        $headers->content_encoding('gzip');
        $headers->header(Vary => 'Accept-Encoding');
        $html = Compress::Zlib::memGzip($html);
    }

    $c->res->code($more{status} // 200);

    if ($c->req->method eq 'HEAD') {
        $c->rendered;
        return;
    }

    # In pieces that have nothing to do with the page's structure.
    my @pieces = unpack '(a8192)*', $html;
    my $next;

    $next = sub ($c, @) {
        my $piece = shift @pieces;

        if (defined $piece) {
            $c->write_chunk($piece => $next);
        } else {
            undef $next;
            $c->write_chunk('');
        }
    };

    $c->render_later;
    $c->$next;

    return;
}


sub redirect ($c, $to, $code = 302) {
    $c->res->code($code);
    $c->res->headers->location($to);
    $c->res->headers->content_type('text/html; charset=UTF-8');
    $c->res->headers->content_length(0);
    $c->rendered;

    return;
}


# WordPress follows a redirect only within its own host.
sub safe_redirect ($c, $to) {
    my $base = base($c);
    my $host = Mojo::URL->new($base)->host_port;
    my $url  = Mojo::URL->new($to);

    if (($url->host && $url->host_port ne $host)
        || ($url->scheme && $url->scheme !~ /^https?$/)
        || $to =~ m{^[/\\]{2}})
    {
        $to = "$base/wp-admin/";
    }

    return redirect($c, $to);
}


# --- cancelling: looked for on every page, in the query string alone ---


# True when the request was answered.
sub cancel_order ($c) {
    my $get = query(query_bytes($c));

    for my $name (qw(cancel_order order order_id _wpnonce)) {
        return 0 if !exists $get->{$name};
    }

    my $user = current_user($c);
    my $nonce = $store->nonce('woocommerce-cancel_order',
                              $user ? $user->{id} : 0);

    return 0 if ref $get->{_wpnonce} || $get->{_wpnonce} ne $nonce;

    my $id = absint($get->{order_id});
    my $order = $store->order($id);
    my $mine = $order && $order->{customer_id} == ($user ? $user->{id} : 0);
    my $key = ref $get->{order} ? '' : $get->{order};

    if ($mine && $store->can_cancel($order) && $order->{key} eq $key) {
        $store->cancel($order, 'Order cancelled by customer.');
        notice($c, 'info', 'Your order was cancelled.');

    } elsif ($mine && !$store->can_cancel($order)) {
        notice($c, 'error', 'Your order can no longer be cancelled. Please '
               . 'contact us if you need assistance.');

    } else {
        notice($c, 'error', 'Invalid order.');
    }

    my $to = $get->{redirect};

    return 0 if !defined $to || ref $to || $to eq '';

    safe_redirect($c, $to);
    return 1;
}


# --- faults on demand ---


sub fault_for ($c) {
    my $what = $c->req->method . ' ' . $c->req->url->path;

    for my $fault (@faults) {
        next if $fault->{times} == 0 || $what !~ $fault->{match};

        $fault->{times}--;
        return $fault;
    }

    return undef;
}


# The work of a request whose caller is not there any more: behind a proxy that
# gave up waiting, or of one that hung up, as PHP does it.
sub behind ($c, $ms) {
    my $tx = Mojo::Transaction::HTTP->new(req => $c->req->clone);

    $tx->req->env->{demo_behind} = 1;
    Mojo::IOLoop->timer($ms / 1000 => sub { $app->handler($tx) });

    return;
}


sub later ($c, $ms, $go) {
    my $tx = $c->render_later->tx;
    my $gone;

    $tx->on(finish => sub { $gone = 1 });
    Mojo::IOLoop->timer($ms / 1000 => sub {
        delete $c->stash->{'mojo.rendered'};    # it is not, after all
        $gone ? behind($c, 0) : $go->();
        undef $tx;
    });

    return;
}


$app->hook(around_dispatch => sub ($next, $c) {
    my $path = $c->req->url->path->to_string;

    if ($path =~ m{^/_demo(?:/|$)} || $c->req->env->{demo_behind}) {
        return $next->();
    }

    record($c);

    my $fault = fault_for($c);
    my $delay = ($fault && $fault->{delay_ms}) || $option{delay};

    my $go = sub {
        my $answered = 0;

        if ($fault && !$fault->{apply}) {
            if ($fault->{drop}) {
                Mojo::IOLoop->remove($c->tx->connection);
                return;
            }

            behind($c, $fault->{behind_ms}) if $fault->{behind_ms};

            if ($fault->{status}) {
                $c->render(json => { code => 'demo_fault',
                                     message => 'A fault on demand.',
                                     data => { status => $fault->{status} } },
                           status => $fault->{status});
                return;
            }
        }

        if ($path !~ m{^/(?:static|wp-json)/}) {
            $answered = cancel_order($c);
        }

        $next->() if !$answered;

        # Done, but the caller never hears of it.
        if ($fault && $fault->{apply}) {
            Mojo::IOLoop->remove($c->tx->connection);
        }
    };

    return $delay ? later($c, $delay, $go) : $go->();
});


# --- pages ---


my $r = $app->routes;

$r->get('/' => sub ($c) { send_page($c, page(home => context($c))) });

$r->get('/shop' => sub ($c) { send_page($c, page(home => context($c))) });

for my $name (qw(returns chat)) {
    $r->get("/$name" => sub ($c) {
        send_page($c, page(words => context($c), $name));
    });
}

$r->get('/product/:slug' => sub ($c) {
    my ($product) = grep { $_->{slug} eq $c->param('slug') }
                    values %{ $store->{products} };

    return not_found($c) if !$product;
    send_page($c, page(product => context($c), $product));
});

$r->any([qw(GET POST)] => '/cart' => sub ($c) {
    my $id = $c->req->method eq 'POST' ? $c->req->body_params->param('add-to-cart')
                                       : undef;

    if (defined $id && $store->{products}{$id}) {
        push @{ session($c)->{cart} }, $id;
        notice($c, 'message', 'Added to your cart.');
        return redirect($c, base($c) . '/cart/');
    }

    send_page($c, page(cart => context($c)));
});

$r->get('/checkout' => sub ($c) {
    return redirect($c, base($c) . '/cart/') if !@{ context($c)->{cart} };
    send_page($c, page(checkout => context($c)));
});

$r->post('/checkout' => sub ($c) {
    my $body = $c->req->body_params;
    my $session = session($c);
    my $user = current_user($c);
    my $method = $body->param('payment_method') // 'card';

    return redirect($c, base($c) . '/cart/') if !@{ $session->{cart} };

    my $country = uc($body->param('billing_country') || 'US');
    my $order = $store->create(
        customer       => $user ? $user->{id} : 0,
        status         => $method eq 'bacs' ? 'pending' : 'processing',
        payment_method => $method,
        items          => [ map { { product => $_ } } @{ $session->{cart} } ],
        billing        => {
            country => $country,
            map { $_ => $body->param("billing_$_") // '' }
                qw(first_name last_name email phone)
        },
    );

    $session->{cart} = [];
    redirect($c, base($c) . "/checkout/order-received/$order->{id}/?key="
                 . $order->{key});
});

# The order that a key in the URL proves, or nothing.
sub keyed_order ($c) {
    my $get = query(query_bytes($c));
    my $order = $store->order($c->param('id'));

    return $order && !ref $get->{key} && ($get->{key} // '') eq $order->{key}
           ? $order : undef;
}

$r->get('/checkout/order-received/:id' => sub ($c) {
    my $order = keyed_order($c);

    send_page($c, $order ? page(received => context($c), $order)
                         : page(invalid_order => context($c)));
});

$r->any([qw(GET POST)] => '/checkout/order-pay/:id' => sub ($c) {
    my $order = keyed_order($c);

    return send_page($c, page(invalid_order => context($c))) if !$order;

    if ($c->req->method eq 'POST' && $store->pay($order)) {
        return redirect($c, base($c) . "/checkout/order-received/$order->{id}/"
                            . "?key=$order->{key}");
    }

    send_page($c, page(order_pay => context($c), $order));
});

# Below the account: a visitor who is not logged in always gets the login
# form, with status 200.
sub account_page ($c, $make) {
    $c->res->headers->header('Content-Security-Policy' =>
                             "frame-ancestors 'self'");

    my $context = context($c);

    return send_page($c, $context->{user} ? $make->($context)
                                          : page(login => $context));
}

$r->get('/my-account' => sub ($c) {
    account_page($c, sub ($context) { page(account => $context) });
});

$r->post('/my-account' => sub ($c) {
    my $body = $c->req->body_params;
    my $user = $store->user($body->param('username') // '');

    if (!$user || ($body->param('password') // '') ne 'demo') {
        notice($c, 'error', 'The username or the password is not right.');
        return account_page($c, sub ($context) { page(account => $context) });
    }

    $c->cookie(wordpress_logged_in => login_cookie($user),
               { path => '/', httponly => 1 });
    redirect($c, base($c) . '/my-account/');
});

$r->get('/my-account/orders' => sub ($c) {
    account_page($c, sub ($context) { page(orders => $context) });
});

$r->get('/my-account/view-order/:id' => sub ($c) {
    account_page($c, sub ($context) {
        my $order = $store->order($c->param('id'));

        $order && $order->{customer_id} == $context->{user}{id}
            ? page(view_order => $context, $order)
            : page(invalid_order => $context);
    });
});

$r->get('/my-account/customer-logout' => sub ($c) {
    $c->cookie(wordpress_logged_in => '', { path => '/', expires => 1 });
    redirect($c, base($c) . '/my-account/');
});

# Form, error and result have the same URL and the same status.
$r->any([qw(GET POST)] => '/track-order' => sub ($c) {
    my $get = query(query_bytes($c));
    my $body = $c->req->method eq 'POST' ? $c->req->body_params->to_hash : {};
    my $field = sub ($name) {
        my $value = $body->{$name} // $get->{$name} // '';
        return ref $value ? '' : $value;
    };
    my $user = current_user($c);
    my $nonce = $store->nonce('woocommerce-order_tracking',
                              $user ? $user->{id} : 0);
    my $order;

    if ($field->('woocommerce-order-tracking-nonce') eq $nonce) {
        my $id = $field->('orderid') =~ s/^#//r;
        my $email = lc $field->('order_email');

        ($order) = grep { $_->{number} eq $id
                          && lc $_->{billing}{email} eq $email }
                   values %{ $store->{orders} };

        if (!$order) {
            notice($c, 'error', 'Sorry, the order could not be found. Please '
                   . 'contact us if you are having difficulty finding your '
                   . 'order details.');
        }
    }

    send_page($c, page(track => context($c), $order));
});

$r->get('/static/:name' => [ format => ['svg'] ] => sub ($c) {
    my $svg = picture($c->param('name'));

    return not_found($c) if !defined $svg;

    $c->res->headers->cache_control('public, max-age=86400');
    $c->render(data => $svg, format => 'svg');
});

sub not_found ($c) {
    send_page($c, page(invalid_order => context($c)), status => 404);
}


# --- a headless storefront, and its API ---


# Such backends take their time.
sub slowly ($c, $answer) {
    my $tx = $c->render_later->tx;

    Mojo::IOLoop->timer(0.3 => sub {
        my ($status, $json) = $answer->();

        $c->render(json => $json, status => $status);
        undef $tx;
    });

    return;
}

$r->get('/app/app.js' => sub ($c) {
    $c->res->headers->content_type('text/javascript; charset=UTF-8');
    $c->render(data => app_script());
});

$r->get('/app/orders/:id' => sub ($c) {
    account_page($c, sub ($context) {
        my $order = $store->order($c->param('id'));

        $order ? app_page($context, $order) : page(invalid_order => $context);
    });
});

$r->get('/api/orders/:id' => sub ($c) {
    $c->render(json => order_seen($store, $store->order($c->param('id')),
                                  current_user($c)));
});

$r->post('/api/orders/:id/cancel' => sub ($c) {
    slowly($c, sub {
        rest_cancel($store, $store->order($c->param('id')), current_user($c));
    });
});

$r->post('/graphql' => sub ($c) {
    slowly($c, sub {
        (200, mutation($store, $c->req->body, current_user($c)));
    });
});


# --- REST API v3 ---


sub rest_error ($c, $status, $code, $message) {
    $c->render(json => { code => $code, message => $message,
                         data => { status => $status } }, status => $status);
}

my $rest = $r->under('/wp-json/wc/v3' => sub ($c) {
    my $userinfo = $c->req->url->to_abs->userinfo // '';

    if ($userinfo ne $option{'api-key'}) {
        rest_error($c, 401, 'woocommerce_rest_cannot_view',
                   'Sorry, you cannot list resources.');
        return undef;
    }

    return 1 if $key_rights eq 'read_write' || $c->req->method =~ /^(?:GET|HEAD)$/;

    # what WooCommerce says of a key, and of the user that it belongs to
    if ($key_rights eq 'read') {
        rest_error($c, 401, 'woocommerce_rest_authentication_error',
                   'The API key provided does not have write permissions.');
    } else {
        rest_error($c, 403, 'woocommerce_rest_cannot_create',
                   'Sorry, you are not allowed to create resources.');
    }

    return undef;
});

sub rest_order ($c) {
    my $id = $c->param('id');
    my $order = $id =~ /^\d+$/ ? $store->order($id) : undef;

    rest_error($c, 404, 'woocommerce_rest_shop_order_invalid_id',
               'Invalid ID.') if !$order;

    return $order;
}

$rest->get('/orders' => sub ($c) {
    my $size = $c->param('per_page') // 10;
    my $page = $c->param('page') // 1;
    my @list = sort { $b->{created} <=> $a->{created} || $b->{id} <=> $a->{id} }
               values %{ $store->{orders} };

    for my $name (qw(modified created)) {
        my $after = $c->param($name eq 'created' ? 'after' : 'modified_after');
        next if !defined $after;

        @list = grep { Demo::Rest::gmt($_->{$name}) gt $after } @list;
    }

    if (defined(my $status = $c->param('status'))) {
        my %wanted = map { $_ => 1 } split /,/, $status;
        @list = grep { $wanted{any} || $wanted{ $_->{status} } } @list;
    }

    if (($c->param('orderby') // '') eq 'modified') {
        @list = sort { $b->{modified} <=> $a->{modified} } @list;
    }

    @list = reverse @list if ($c->param('order') // '') eq 'asc';

    my $total = @list;
    my $from = ($page - 1) * $size;

    @list = grep { defined } @list[ $from .. $from + $size - 1 ];

    $c->res->headers->header('X-WP-Total' => $total);
    $c->res->headers->header('X-WP-TotalPages' =>
                             int(($total + $size - 1) / $size));
    $c->render(json => [ map { order_json($store, $_, base($c)) } @list ]);
});

$rest->get('/orders/:id' => sub ($c) {
    my $order = rest_order($c) or return;

    $c->render(json => order_json($store, $order, base($c)));
});

$rest->any([qw(PUT POST PATCH)] => '/orders/:id' => sub ($c) {
    my $order = rest_order($c) or return;
    my $put = eval { decode_json($c->req->body) };

    return rest_error($c, 400, 'rest_invalid_json',
                      'Invalid JSON body passed.') if ref $put ne 'HASH';

    my @why = update_order($store, $order, $put);

    return rest_error($c, @why) if @why;
    $c->render(json => order_json($store, $order, base($c)));
});

# A coupon code is one coupon's alone.
$rest->post('/coupons' => sub ($c) {
    my $data = $c->req->json // {};
    my $code = lc($data->{code} // '');

    return rest_error($c, 400, 'woocommerce_rest_coupon_code_already_exists',
        'The coupon code already exists') if $code eq '' || $store->{coupons}{$code};

    $store->{coupons}{$code} = {
        type => $data->{discount_type} // 'fixed_cart', amount => $data->{amount} // 0,
        usage_limit => $data->{usage_limit}, emails => $data->{email_restrictions},
    };
    $c->render(status => 201, json => { id => 900 + keys %{ $store->{coupons} }, code => $code });
});

$rest->get('/orders/:id/notes' => sub ($c) {
    my $order = rest_order($c) or return;

    $c->render(json => [ map { note_json($_) } reverse @{ $order->{notes} } ]);
});

$rest->post('/orders/:id/notes' => sub ($c) {
    my $order = rest_order($c) or return;
    my $new = eval { decode_json($c->req->body) };

    return rest_error($c, 400, 'rest_missing_callback_param',
                      'Missing parameter(s): note')
        if ref $new ne 'HASH' || !length($new->{note} // '');

    my $note = $store->add_note($order, $new->{note}, $new->{customer_note},
                                'REST API');
    $c->render(json => note_json($note), status => 201);
});

# What was handed over, as WooCommerce's own fulfilments say it.
$rest->get('/orders/:id/fulfillments' => sub ($c) {
    my $order = rest_order($c) or return;

    $c->render(json => $order->{fulfillments} // []);
});

$rest->post('/orders/:id/fulfillments' => sub ($c) {
    my $order = rest_order($c) or return;
    my $new = eval { decode_json($c->req->body) };

    return rest_error($c, 400, 'rest_invalid_json',
                      'Invalid JSON body passed.') if ref $new ne 'HASH';

    my $list = $order->{fulfillments} //= [];

    push @$list, { id => 1 + @$list, entity_type => 'WC_Order',
                   entity_id => "$order->{id}", date_deleted => undef,
                   status => $new->{is_fulfilled} ? 'fulfilled'
                                                  : 'unfulfilled',
                   is_fulfilled => $new->{is_fulfilled} ? \1 : \0,
                   meta_data => $new->{meta_data} // [] };
    $c->render(json => $list->[-1], status => 201);
});

$rest->delete('/orders/:id/fulfillments/:which' => sub ($c) {
    my $order = rest_order($c) or return;

    $order->{fulfillments} = [ grep { $_->{id} != $c->param('which') }
                               @{ $order->{fulfillments} // [] } ];
    $c->render(json => { message => 'Fulfillment deleted successfully.' });
});

$rest->get('/orders/:id/refunds' => sub ($c) {
    my $order = rest_order($c) or return;

    $c->render(json => [ map { refund_json($_, $order) }
                         @{ $order->{refunds} } ]);
});

$rest->post('/orders/:id/refunds' => sub ($c) {
    my $order = rest_order($c) or return;
    my $new = eval { decode_json($c->req->body) };

    return rest_error($c, 400, 'rest_invalid_json',
                      'Invalid JSON body passed.') if ref $new ne 'HASH';

    my $by_api = !exists $new->{api_refund} || $new->{api_refund};

    return rest_error($c, 500, 'woocommerce_rest_cannot_create_order_refund',
                      'The payment gateway for this order does not support '
                      . 'automatic refunds.')
        if $by_api && $order->{payment_method} ne 'card';

    # A gateway that folds requests by their key, as most payment APIs do.
    my $key = $c->req->headers->header('Idempotency-Key');
    my ($same) = grep { defined $key && ($_->{key} // '') eq $key }
                 @{ $order->{refunds} };

    return $c->render(json => refund_json($same, $order), status => 201)
        if $same;

    my $amount = Demo::Orders::minor($new->{amount} // '', $order->{currency});
    my $why = $store->refund($order, $amount, $new->{reason}, $key);

    return rest_error($c, 400, 'woocommerce_rest_invalid_order_refund', $why)
        if defined $why;

    $c->render(json => refund_json($order->{refunds}[-1], $order),
               status => 201);
});

$rest->get('/webhooks' => sub ($c) {
    $c->render(json => $hooks->json->{webhooks});
});

$rest->post('/webhooks' => sub ($c) {
    my $new = eval { decode_json($c->req->body) };

    return rest_error($c, 400, 'rest_missing_callback_param',
                      'Missing parameter(s): delivery_url')
        if ref $new ne 'HASH' || !$new->{delivery_url};

    my $hook = $hooks->add($new->{delivery_url},
                           $new->{secret} // $option{secret},
                           $new->{topic} ? ($new->{topic}) : ());
    $c->render(json => { id => $hook->{id}, status => $hook->{status},
                         topic => $new->{topic},
                         delivery_url => $hook->{url} }, status => 201);
});


# --- the demo's own side entrance ---


my $demo = $r->any('/_demo');

sub summary ($c, $order) {
    my $user = $store->{users}{ $order->{customer_id} };
    my $context = { store => $store, base => base($c), user => $user };
    my $url = sub ($redirect) {
        Demo::Pages::cancel_url($context, $order, $redirect)
    };

    return {
        order      => order_json($store, $order, base($c)),
        notes      => [ map { note_json($_) } @{ $order->{notes} } ],
        cancel_url => $url->(base($c) . '/my-account/'),
        pay_url    => Demo::Pages::pay_url($context, $order),
        view_url   => base($c) . "/my-account/view-order/$order->{id}/",
        login_url  => $user ? base($c) . "/_demo/login?user=$user->{login}"
                            : undef,
        cookie     => $user ? 'wordpress_logged_in=' . login_cookie($user)
                            : undef,
    };
}

sub demo_json ($c) {
    my $data = eval { decode_json($c->req->body || '{}') };

    return $data if ref $data eq 'HASH';

    $c->render(json => { error => 'a JSON object was expected' },
               status => 400);
    return undef;
}

$demo->post('/orders' => sub ($c) {
    my $new = demo_json($c) or return;
    my $order = $store->create(%$new);

    $c->render(json => summary($c, $order), status => 201);
});

$demo->get('/orders/:id' => sub ($c) {
    my $order = $store->order($c->param('id'));

    return $c->render(json => { error => 'no such order' }, status => 404)
        if !$order;

    $c->render(json => summary($c, $order));
});

$demo->get('/state' => sub ($c) {
    $c->render(json => {
        name     => $option{name},
        now      => $store->now,
        requests => $request_count,
        orders   => [ map { summary($c, $store->{orders}{$_}) }
                      sort { $a <=> $b } keys %{ $store->{orders} } ],
        users    => [ map { my %u = (%$_, cookie => 'wordpress_logged_in='
                                                    . login_cookie($_)); \%u }
                      sort { $a->{id} <=> $b->{id} }
                      values %{ $store->{users} } ],
        coupons  => $store->{coupons},
        %{ $hooks->json },
    });
});

# Requests as received, from number N on: ?since=N.
$demo->get('/requests' => sub ($c) {
    my $since = $c->param('since') // 0;

    $c->render(json => [ grep { $_->{n} > $since } @requests ]);
});

$demo->post('/reset' => sub ($c) {
    $store->reset;
    $store->{next_id} = $option{first} if $option{first};
    @requests = ();
    @faults = ();
    $key_rights = 'read_write';
    $c->render(json => { ok => true });
});

# {"rights": "read"}: the API's key may not write; "user": its user may not.
$demo->post('/key' => sub ($c) {
    my $data = demo_json($c) or return;

    $key_rights = $data->{rights} // 'read_write';
    $c->render(json => { rights => $key_rights });
});

$demo->post('/tick' => sub ($c) {
    my $data = demo_json($c) or return;

    $store->pass($data->{seconds} // 0);
    $store->expire;
    $c->render(json => { now => $store->now });
});

$demo->post('/coupons' => sub ($c) {
    my $data = demo_json($c) or return;

    for my $code (@{ $data->{codes} || [ $data->{code} // () ] }) {
        $store->{coupons}{ lc $code } = {
            type => $data->{type} // 'percent', amount => $data->{amount} // 10,
            usage_limit => $data->{usage_limit},
        };
    }

    $c->render(json => { coupons => scalar keys %{ $store->{coupons} } });
});

# {"match": "PUT /wp-json/.*", "times": 2, "status": 503} answers so instead;
# "delay_ms" waits first, "drop" closes the connection, "apply" does the work
# and then closes it.
$demo->post('/fault' => sub ($c) {
    my $data = demo_json($c) or return;
    my $match = eval { qr/$data->{match}/ } if defined $data->{match};

    return $c->render(json => { error => 'match: a pattern was expected' },
                      status => 400) if !$match;

    push @faults, { %$data, match => $match, times => $data->{times} // 1 };
    $c->render(json => { faults => scalar @faults });
});

$demo->delete('/fault' => sub ($c) {
    @faults = ();
    $c->render(json => { ok => true });
});

$demo->post('/webhooks' => sub ($c) {
    my $data = demo_json($c) or return;
    my $hook = $hooks->add($data->{url}, $data->{secret} // $option{secret},
                           @{ $data->{topics} || [] });

    $c->render(json => { id => $hook->{id} }, status => 201);
});

$demo->post('/webhooks/again' => sub ($c) {
    my $data = demo_json($c) or return;
    my $tx = $c->render_later->tx;
    my $known = $hooks->again($data->{delivery} // '', sub ($code) {
        $c->render(json => { code => $code });
        undef $tx;
    });

    $c->render(json => { error => 'no such delivery' }, status => 404)
        if !$known;
});

$demo->post('/webhooks/now' => sub ($c) {
    $hooks->flush;
    $c->render(json => { ok => true });
});

$demo->get('/login' => sub ($c) {
    my $user = $store->user($c->param('user') // '');
    my $to = $c->param('to') // '/my-account/orders/';

    return $c->render(json => { error => 'no such user' }, status => 404)
        if !$user;

    $c->cookie(wordpress_logged_in => login_cookie($user),
               { path => '/', httponly => 1 });
    redirect($c, base($c) . ($to =~ m{^/[^/\\]} ? $to : '/my-account/orders/'));
});

$r->any('/*any' => { any => '' } => sub ($c) { not_found($c) });


# --- running ---


my $daemon = Mojo::Server::Daemon->new(
    app => $app, listen => ["http://$option{listen}"], silent => 1,
    inactivity_timeout => 60, keep_alive_timeout => 60, max_requests => 0xffffff,
);

$daemon->start;
$hooks->add($_, $option{secret}) for @{ $option{webhook} || [] };

Mojo::IOLoop->recurring(5 => sub { $store->expire });

my $stop = sub { Mojo::IOLoop->stop };
local $SIG{TERM} = $stop;
local $SIG{INT}  = $stop;

$daemon->run;
